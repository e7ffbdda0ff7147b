/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/log/line.h"

#include "base/plain_run.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

/* Six bytes for every byte, the ellipsis, quotes, and the line's end. */
enum { TEXT_WORST_CASE = 6, LINE_END_ROOM = 8 };

/* The caller has made sure of the room at `at`, and gets back where the next bytes go. */
static inline char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

static inline char *put_short(char *at, struct str s)
{
    str_copy(at, s);
    return at + s.len;
}

#define put_literal(at, literal) put((at), (literal), sizeof(literal) - 1)

static char *put_escape(char *at, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};

    if (byte == '"' || byte == '\\')
        return put(at, (const char[]){'\\', (char)byte}, 2);
    if (byte == '\n')
        return put_literal(at, "\\n");
    if (byte == '\t')
        return put_literal(at, "\\t");
    return put(at, escape, sizeof escape);
}

/* One character that is not plain ASCII, taken off the front of the text. */
static char *put_special(char *at, struct str *s)
{
    unsigned char byte = (unsigned char)s->ptr[0];
    size_t len = byte < 0x80 ? 1 : utf8_sequence(*s);

    if (byte < 0x80)
        at = put_escape(at, byte);
    else if (len == 0)
        at = put_literal(at, "\xef\xbf\xbd");
    else
        at = put(at, s->ptr, len);
    *s = str_from(*s, len > 0 ? len : 1);
    return at;
}

/* The rest of a text that is not plain all through, or is cut, and its closing quote. */
__attribute__((noinline)) static char *put_quoted_rest(char *at, struct str s, bool cut)
{
    while (s.len > 0) {
        size_t run = plain_run(s, true);

        at = put(at, s.ptr, run);
        s = (struct str){s.ptr + run, s.len - run};
        if (s.len > 0)
            at = put_special(at, &s);
    }
    if (cut)
        at = put_literal(at, "\xe2\x80\xa6");
    *at++ = '"';
    return at;
}

static inline char *put_quoted(char *at, struct str s, bool cut)
{
    size_t run;

    *at++ = '"';
    run = plain_run_copy(at, s, true);
    at += run;
    if (run < s.len || cut)
        return put_quoted_rest(at, (struct str){s.ptr + run, s.len - run}, cut);
    *at++ = '"';
    return at;
}

/* At most `limit` bytes, not ending inside a character. */
static struct str cut_text(struct str s, size_t limit)
{
    if (s.len <= limit)
        return s;
    while (limit > 0 && ((unsigned char)s.ptr[limit] & 0xc0) == 0x80)
        limit--;
    return str_slice(s, 0, limit);
}

static bool fits(const struct log_line *line, size_t len)
{
    return len + LINE_END_ROOM <= sizeof line->bytes - line->len;
}

static char *put_number(char *at, int64_t number)
{
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t count = 1;
    char *end;

    for (uint64_t left = rest; left >= 10; left /= 10)
        count++;
    if (number < 0)
        *at++ = '-';
    end = at += count;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    return end;
}

static void grow_to(struct log_line *line, const char *at)
{
    line->len = (size_t)(at - line->bytes);
    assert(line->len <= sizeof line->bytes - LINE_END_ROOM);
}

void log_line_add_some_text(struct log_line *line, struct str lead, struct str text)
{
    char *at = line->bytes + line->len;
    bool cut = text.len > LOG_TEXT_MAX;

    if (cut)
        text = cut_text(text, LOG_TEXT_MAX);
    if (fits(line, lead.len + 32 + TEXT_WORST_CASE * text.len))
        grow_to(line, put_quoted(put_short(at, lead), text, cut));
}

void log_line_add_int(struct log_line *line, struct str lead, int64_t number)
{
    char *at = line->bytes + line->len;

    if (!fits(line, lead.len + 32))
        return;
    at = put_short(at, lead);
    if (number >= 0 && number < 10)
        *at++ = (char)('0' + number);
    else
        at = put_number(at, number);
    grow_to(line, at);
}

void log_line_add_bool(struct log_line *line, struct str lead, bool truth)
{
    char *at = line->bytes + line->len;

    if (!fits(line, lead.len + 32))
        return;
    at = put_short(at, lead);
    grow_to(line, truth ? put_literal(at, "true") : put_literal(at, "false"));
}

/* A second's text is made once: the lines of a busy thread mostly share it. */
static char *put_time(char *at, int64_t now_ms)
{
    static _Thread_local struct {
        int64_t second;
        bool made;
        char text[TIMESTAMP_SIZE];
    } last;
    int64_t second = now_ms / 1000;
    int64_t ms = now_ms % 1000;
    const char tail[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10), 'Z',
                         '"'};

    if (!last.made || last.second != second) {
        timestamp_write(last.text, second);
        last.second = second;
        last.made = true;
    }
    at = put_literal(at, "\"time\":\"");
    at = put(at, last.text, TIMESTAMP_SIZE - 1); /* without its "Z" */
    return put(at, tail, sizeof tail);
}

void log_line_begin(struct log_line *line, int64_t now_ms, enum log_level level, struct str event)
{
    static const struct str levels[] = {[LOG_LEVEL_INFO] = STR_INIT(",\"level\":\"info\",\"event\":"),
                                        [LOG_LEVEL_WARNING] = STR_INIT(",\"level\":\"warning\",\"event\":"),
                                        [LOG_LEVEL_ERROR] = STR_INIT(",\"level\":\"error\",\"event\":")};
    char *at = line->bytes;

    *at++ = '{';
    at = put_short(put_time(at, now_ms), levels[level]);
    grow_to(line, put_quoted(at, cut_text(event, LOG_TEXT_MAX), false));
}

void log_line_end(struct log_line *line)
{
    memcpy(line->bytes + line->len, "}\n", 2);
    line->len += 2;
}

void log_line_add_fields(struct log_line *line, const struct log_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct log_field *field = &fields[i];

        if (field->kind == LOG_FIELD_TEXT)
            log_line_add_text(line, field->lead, field->text);
        else if (field->kind == LOG_FIELD_INT)
            log_line_add_int(line, field->lead, field->number);
        else
            log_line_add_bool(line, field->lead, field->number != 0);
    }
}
