/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/read.h"
#include "edge/log/line.h"
#include "edge/log/log.h"
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct str format(struct log_line *line, const struct log_field *fields, size_t count)
{
    log_line_begin(line, 1714557600123, LOG_LEVEL_INFO, STR("admission"));
    log_line_add_fields(line, fields, count);
    log_line_end(line);
    return (struct str){line->bytes, line->len};
}

TEST(a_line_is_one_json_object_with_typed_fields)
{
    struct log_line line;
    const struct log_field fields[] = {LOG_STR("kind", STR("Pod")), LOG_INT("took", 41),
                                       LOG_BOOL("dry", true), LOG_STR("empty", STR(""))};

    CHECK_STR(format(&line, fields, ARRAY_LEN(fields)),
              STR("{\"time\":\"2024-05-01T10:00:00.123Z\",\"level\":\"info\",\"event\":\"admission\","
                  "\"kind\":\"Pod\",\"took\":41,\"dry\":true}\n"));
}

static const struct {
    struct str in, want;
} escapes[] = {
    {STR_INIT("a\"b\\c"), STR_INIT("a\\\"b\\\\c")},
    {STR_INIT("a\nb\tc\x01\x7f"), STR_INIT("a\\nb\\tc\\u0001\\u007f")},
    {STR_INIT("nul\0here"), STR_INIT("nul\\u0000here")},
    {STR_INIT("caf\xc3\xa9 \xf0\x9f\x98\x80"), STR_INIT("caf\xc3\xa9 \xf0\x9f\x98\x80")},
    {STR_INIT("bad \xff\xc3 end"), STR_INIT("bad \xef\xbf\xbd\xef\xbf\xbd end")},
};

TEST(text_is_escaped_and_never_breaks_the_line)
{
    for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
        struct log_line line;
        struct log_field field = LOG_STR("x", escapes[i].in);
        struct str got = format(&line, &field, 1);
        size_t from = sizeof "{\"time\":\"2024-05-01T10:00:00.123Z\",\"level\":\"info\",\"event\":"
                             "\"admission\",\"x\":\"" -
                      1;
        CHECK_STR(str_slice(got, from, got.len - 3), escapes[i].want);
    }
}

TEST(long_texts_are_cut_between_characters_and_the_line_stays_whole)
{
    static char big[3 * LOG_TEXT_MAX];
    struct log_field fields[20];
    struct log_line line;
    struct arena arena;
    struct value *document;
    struct error err;

    for (size_t i = 0; i + 1 < sizeof big; i += 2)
        memcpy(big + i, "\xc3\xa9", 2);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        static const struct str leads[ARRAY_LEN(fields)] = {
            LOG_LEAD("a"), LOG_LEAD("b"), LOG_LEAD("c"), LOG_LEAD("d"), LOG_LEAD("e"),
            LOG_LEAD("f"), LOG_LEAD("g"), LOG_LEAD("h"), LOG_LEAD("i"), LOG_LEAD("j"),
            LOG_LEAD("k"), LOG_LEAD("l"), LOG_LEAD("m"), LOG_LEAD("n"), LOG_LEAD("o"),
            LOG_LEAD("p"), LOG_LEAD("q"), LOG_LEAD("r"), LOG_LEAD("s"), LOG_LEAD("t")};
        fields[i] = (struct log_field){leads[i], LOG_FIELD_TEXT, .text = {big, sizeof big}};
    }
    struct str got = format(&line, fields, ARRAY_LEN(fields));
    arena_init(&arena);
    CHECK(json_read(&arena, str_slice(got, 0, got.len - 1), &document, &err) == 0);
    CHECK(got.len <= LOG_LINE_MAX);
    CHECK(str_ends(got, STR("}\n")));
    CHECK(str_contains(got, STR("\xc3\xa9\xe2\x80\xa6\"")));
    arena_release(&arena);
}

static size_t count_lines(const char *bytes, size_t len)
{
    size_t lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += bytes[i] == '\n';
    return lines;
}

static size_t read_all(int fd, char *buffer, size_t size)
{
    size_t len = 0;
    ssize_t n = 1;

    while (len < size && n > 0) {
        n = read(fd, buffer + len, size - len);
        len += n > 0 ? (size_t)n : 0;
    }
    return len;
}

TEST(what_was_logged_is_there_when_the_log_has_stopped)
{
    static char got[64 << 10];
    int pipe_fds[2];

    CHECK(pipe(pipe_fds) == 0);
    struct log *log = log_start(pipe_fds[1]);
    close(pipe_fds[1]);
    for (int i = 0; i < 100; i++)
        log_info(log, "line", LOG_INT("number", i));
    log_stop(log);
    size_t len = read_all(pipe_fds[0], got, sizeof got);
    CHECK(count_lines(got, len) == 100);
    CHECK(str_contains((struct str){got, len}, STR("\"number\":99}\n")));
    close(pipe_fds[0]);
}

TEST(a_reader_that_never_reads_costs_lines_and_not_time)
{
    int pipe_fds[2];
    char text[1000];

    memset(text, 'x', sizeof text);
    CHECK(pipe(pipe_fds) == 0);
    struct log *log = log_start(pipe_fds[1]);
    for (int i = 0; i < 5000; i++)
        log_info(log, "line", LOG_STR("text", ((struct str){text, sizeof text})));
    CHECK(log_dropped(log) > 0);
    CHECK((fcntl(pipe_fds[1], F_GETFL) & O_NONBLOCK) == 0); /* the shared description is as it was */
    log_stop(log);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

TEST(a_closed_or_full_file_drops_and_counts)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct log *log = log_start(-1);

    log_info(log, "line", LOG_INT("number", 1));
    log_stop(log);
    CHECK(full >= 0);
    log = log_start(full);
    close(full);
    log_info(log, "line", LOG_INT("number", 1));
    for (int i = 0; i < 200 && log_dropped(log) == 0; i++)
        poll(NULL, 0, 10);
    CHECK(log_dropped(log) == 1);
    log_stop(log);
}

TEST(a_reader_that_went_away_is_no_signal)
{
    int pipe_fds[2];

    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe(pipe_fds) == 0);
    struct log *log = log_start(pipe_fds[1]);
    close(pipe_fds[0]);
    log_info(log, "line", LOG_INT("number", 1));
    for (int i = 0; i < 200 && log_dropped(log) == 0; i++)
        poll(NULL, 0, 10);
    CHECK(log_dropped(log) == 1);
    log_stop(log);
    close(pipe_fds[1]);
}

TEST_MAIN()
