/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/log_line.h"

#include "base/plain_run.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

/* Six bytes for every byte, the ellipsis, quotes, and the line's end. */
enum { TEXT_WORST_CASE = 6, LINE_END_ROOM = 8 };

static inline void add(struct log_line *line, const char *bytes, size_t len)
{
    assert(len <= sizeof line->bytes - line->len);
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

#define add_literal(line, literal) add((line), (literal), sizeof(literal) - 1)

static void add_escape(struct log_line *line, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};

    if (byte == '"' || byte == '\\')
        add(line, (const char[]){'\\', (char)byte}, 2);
    else if (byte == '\n')
        add(line, "\\n", 2);
    else if (byte == '\t')
        add(line, "\\t", 2);
    else
        add(line, escape, sizeof escape);
}

/* One character that is not plain ASCII; returns the bytes it took. */
static size_t add_special(struct log_line *line, struct str s)
{
    unsigned char byte = (unsigned char)s.ptr[0];
    size_t len = 1;

    if (byte < 0x80) {
        add_escape(line, byte);
        return 1;
    }
    len = utf8_sequence(s);
    if (len == 0) {
        add_literal(line, "\xef\xbf\xbd");
        return 1;
    }
    add(line, s.ptr, len);
    return len;
}

static void add_quoted(struct log_line *line, struct str s, bool cut)
{
    add_literal(line, "\"");
    while (s.len > 0) {
        size_t run = plain_run(s, true);
        add(line, s.ptr, run);
        s = (struct str){s.ptr + run, s.len - run};
        if (s.len > 0)
            s = str_from(s, add_special(line, s));
    }
    if (cut)
        add_literal(line, "\xe2\x80\xa6");
    add_literal(line, "\"");
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

static inline void add_key(struct log_line *line, struct str key)
{
    add_literal(line, ",\"");
    add(line, key.ptr, key.len);
    add_literal(line, "\":");
}

static void add_number(struct log_line *line, int64_t number)
{
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        add_literal(line, "-");
    add(line, digits + at, sizeof digits - at);
}

static void add_field(struct log_line *line, const struct log_field *field)
{
    struct str text = cut_text(field->text, LOG_TEXT_MAX);

    if ((field->kind == LOG_FIELD_TEXT && text.len == 0) ||
        !fits(line, field->key.len + 32 + TEXT_WORST_CASE * text.len))
        return;
    add_key(line, field->key);
    switch (field->kind) {
    case LOG_FIELD_TEXT:
        add_quoted(line, text, text.len < field->text.len);
        return;
    case LOG_FIELD_INT:
        add_number(line, field->number);
        return;
    case LOG_FIELD_BOOL:
        if (field->number)
            add_literal(line, "true");
        else
            add_literal(line, "false");
        return;
    }
}

static void add_time(struct log_line *line, int64_t now_ms)
{
    char text[] = "\"time\":\"0000-00-00T00:00:00.000Z\"";
    int64_t ms = now_ms % 1000;

    timestamp_write(text + 8, now_ms / 1000);
    text[27] = '.';
    text[28] = (char)('0' + ms / 100);
    text[29] = (char)('0' + ms / 10 % 10);
    text[30] = (char)('0' + ms % 10);
    text[31] = 'Z';
    add(line, text, sizeof text - 1);
}

void log_line_format(struct log_line *line, int64_t now_ms, enum log_level level, const char *event,
                     const struct log_field *fields, size_t count)
{
    static const struct str names[] = {[LOG_LEVEL_INFO] = STR_INIT("info"),
                                       [LOG_LEVEL_WARNING] = STR_INIT("warning"),
                                       [LOG_LEVEL_ERROR] = STR_INIT("error")};

    line->len = 0;
    add_literal(line, "{");
    add_time(line, now_ms);
    add_literal(line, ",\"level\":");
    add_quoted(line, names[level], false);
    add_literal(line, ",\"event\":");
    add_quoted(line, cut_text(str_from_c(event), LOG_TEXT_MAX), false);
    for (size_t i = 0; i < count; i++)
        add_field(line, &fields[i]);
    add_literal(line, "}\n");
}
