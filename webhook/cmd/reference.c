/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/reference.h"

#include "base/json/write.h"
#include "cmd/line/printable.h"
#include "core/image/reference.h"

#include <string.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 64 << 10,                      /* of a reference on standard input */
    ANSWER_MAX = 16 * (LINE_MAX_BYTES + (4 << 10)), /* of one object; a byte can become six */
};

struct reference_settings {
    bool json;
};

static const struct option reference_options[] = {
    {.name = "json",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct reference_settings, json),
     .help = "Print one JSON object a line for each reference, with the members input, valid, error, domain, "
             "path, tag, digest, normalized, familiar and docker_ref."},
    {0},
};

static const struct option *const reference_groups[] = {reference_options, NULL};

/* What is said of one reference; all but `input` and `error` is empty where it is not valid. */
struct answer {
    struct str input;
    bool valid;
    struct str error;
    struct str domain;
    struct str path;
    struct str tag;
    struct str digest;
    struct str normalized;
    struct str familiar;
    struct str docker;
};

static struct answer answer_for(struct arena *arena, struct str input)
{
    struct answer answer = {.input = input};
    struct image_reference ref;
    struct error err;

    if (image_reference_parse(input, &ref, &err) < 0) {
        answer.error = image_reference_refusal(arena, input);
        return answer;
    }
    answer.valid = true;
    answer.domain = ref.domain;
    answer.path = arena_join(arena, ref.library ? STR("library/") : STR(""), ref.path);
    answer.tag = ref.tag;
    answer.digest = ref.digest;
    answer.normalized = image_reference_normalized(arena, &ref);
    answer.familiar = image_reference_familiar(arena, &ref);
    answer.docker = image_reference_docker(arena, &ref);
    return answer;
}

static int print_json(struct arena *arena, const struct answer *answer, struct error *err)
{
    struct json_writer w;
    struct text text;

    text_init(&text, arena, ANSWER_MAX);
    json_write_init(&w, &text);
    json_write_map_open(&w);
    json_write_member_str(&w, STR("input"), answer->input);
    json_write_member_bool(&w, STR("valid"), answer->valid);
    json_write_member_str(&w, STR("error"), answer->error);
    json_write_member_str(&w, STR("domain"), answer->domain);
    json_write_member_str(&w, STR("path"), answer->path);
    json_write_member_str(&w, STR("tag"), answer->tag);
    json_write_member_str(&w, STR("digest"), answer->digest);
    json_write_member_str(&w, STR("normalized"), answer->normalized);
    json_write_member_str(&w, STR("familiar"), answer->familiar);
    json_write_member_str(&w, STR("docker_ref"), answer->docker);
    json_write_map_close(&w);
    if (json_write_finish(&w, err) < 0)
        return -1;
    text_add_char(&text, '\n');
    fwrite(text.ptr, 1, text.len, stdout);
    return 0;
}

static void print_row(const char *name, struct str value)
{
    if (value.len == 0)
        return;
    printf("  %-10s  ", name);
    (void)printable_print(value, stdout);
    putchar('\n');
}

static void print_text(const struct answer *answer)
{
    bool bold = isatty(STDOUT_FILENO) == 1;

    fputs(bold ? "\033[1m" : "", stdout);
    (void)printable_print(answer->input.len > 0 ? answer->input : STR("(empty)"), stdout);
    fputs(bold ? "\033[0m\n" : "\n", stdout);
    print_row("invalid", answer->error);
    if (answer->valid)
        print_row("registry", answer->domain.len > 0 ? answer->domain : STR("(none: nothing to ask)"));
    print_row("path", answer->path);
    print_row("tag", answer->tag);
    print_row("digest", answer->digest);
    print_row("normalized", answer->normalized);
    print_row("familiar", answer->familiar);
    print_row("pulled as", answer->docker);
}

/* What goes on from one reference to the next. */
struct session {
    bool json;
    bool invalid; /* one was */
};

static int answer_one(struct session *session, struct str input, struct error *err)
{
    struct arena arena;
    struct answer answer;
    int result = 0;

    arena_init(&arena);
    answer = answer_for(&arena, input);
    session->invalid |= !answer.valid;
    if (session->json)
        result = print_json(&arena, &answer, err);
    else
        print_text(&answer);
    arena_release(&arena);
    return result;
}

/* One line into `line`; false at the end. ret_len is beyond LINE_MAX_BYTES where it does not fit. */
static bool read_line(char *line, size_t *ret_len)
{
    size_t len = 0;
    int c;

    while ((c = getchar()) != EOF && c != '\n' && len <= LINE_MAX_BYTES) {
        if (len < LINE_MAX_BYTES)
            line[len] = (char)c;
        len++;
    }
    *ret_len = len;
    return c != EOF || len > 0;
}

/* Answers line by line, so that a program can ask one by one. */
static int answer_lines(struct arena *arena, struct session *session, struct error *err)
{
    char *line = arena_alloc(arena, LINE_MAX_BYTES);
    size_t number = 0;
    size_t len;

    while (read_line(line, &len)) {
        number++;
        if (len > LINE_MAX_BYTES)
            return error_set(err, ERROR_TOO_LARGE, "standard input: line %zu is longer than %d bytes", number,
                             LINE_MAX_BYTES);
        if (answer_one(session, (struct str){line, len}, err) < 0)
            return -1;
        (void)fflush(stdout);
    }
    return ferror(stdin) ? error_set(err, ERROR_INVALID, "cannot read standard input") : 0;
}

static int run_reference(struct arena *arena, const void *settings, const char *const *arguments,
                         size_t argument_count)
{
    const struct reference_settings *reference_settings = settings;
    struct session session = {.json = reference_settings->json};
    struct error err;
    int result = 0;

    if (argument_count == 0 && error_set(&err, ERROR_INVALID, "no reference is given") < 0)
        return options_complain(EXIT_USAGE, &err, "weir reference [--json] REF… | -");
    for (size_t i = 0; i < argument_count && result == 0; i++) {
        if (strcmp(arguments[i], "-") == 0)
            result = answer_lines(arena, &session, &err);
        else
            result = answer_one(&session, str_from_c(arguments[i]), &err);
    }
    if (result < 0)
        return options_complain(EXIT_USAGE, &err, NULL);
    return session.invalid ? EXIT_NO : EXIT_DONE;
}

const struct command reference_command = {
    .name = "reference",
    .arguments = "REF… | -",
    .summary = "Show how image references parse and normalize",
    .description =
        "Parses each REF as the kubelet, containerd and docker do (distribution/reference, "
        "ParseNormalizedNamed) and prints its parts, its normalized and its familiar form, and what a "
        "container "
        "runtime is asked for: \":latest\" where there is neither tag nor digest, no tag beside a digest.\n"
        "\n"
        "With -, references are read from standard input, one a line, as they are: an empty line is an empty "
        "reference. Each is answered as soon as it is read. A reference may hold any bytes; with --json "
        "those "
        "that are not UTF-8 are printed as U+FFFD.\n"
        "\n"
        "Exit status: 0 all are valid, 1 one is not, 2 bad usage or unreadable input.",
    .option_groups = reference_groups,
    .settings_size = sizeof(struct reference_settings),
    .run = run_reference,
};
