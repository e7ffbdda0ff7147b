/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/log_line.h"

#include "base/json_text.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

/* Six bytes for every byte, the ellipsis, quotes, and the line's end. */
enum { TEXT_WORST_CASE = 6, LINE_END_ROOM = 8 };

static void add(struct log_line *line, const char *bytes, size_t len)
{
    assert(len <= sizeof line->bytes - line->len);
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static void add_c(struct log_line *line, const char *text)
{
    add(line, text, strlen(text));
}

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
        add_c(line, "\xef\xbf\xbd");
        return 1;
    }
    add(line, s.ptr, len);
    return len;
}

static void add_quoted(struct log_line *line, struct str s, bool cut)
{
    add(line, "\"", 1);
    while (s.len > 0) {
        size_t run = json_text_plain_run(s);
        add(line, s.ptr, run);
        s = str_from(s, run);
        if (s.len > 0)
            s = str_from(s, add_special(line, s));
    }
    add_c(line, cut ? "\xe2\x80\xa6\"" : "\"");
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

static void add_key(struct log_line *line, struct str key)
{
    add(line, ",\"", 2);
    add(line, key.ptr, key.len);
    add(line, "\":", 2);
}

static void add_int(struct log_line *line, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        digits[--at] = '-';
    add(line, digits + at, sizeof digits - at);
}

static void add_field(struct log_line *line, const struct log_field *field)
{
    struct str text = cut_text(field->text, LOG_TEXT_MAX);
    size_t worst = field->key.len + 32 + TEXT_WORST_CASE * text.len;

    if (!fits(line, worst))
        return;
    switch (field->kind) {
    case LOG_FIELD_TEXT:
        if (text.len == 0)
            return;
        add_key(line, field->key);
        add_quoted(line, text, text.len < field->text.len);
        return;
    case LOG_FIELD_INT:
        add_key(line, field->key);
        add_int(line, field->number);
        return;
    case LOG_FIELD_BOOL:
        add_key(line, field->key);
        add_c(line, field->number ? "true" : "false");
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
    static const char *const names[] = {
        [LOG_LEVEL_INFO] = "info", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_ERROR] = "error"};

    line->len = 0;
    add(line, "{", 1);
    add_time(line, now_ms);
    add_key(line, STR("level"));
    add_quoted(line, str_from_c(names[level]), false);
    add_key(line, STR("event"));
    add_quoted(line, cut_text(str_from_c(event), LOG_TEXT_MAX), false);
    for (size_t i = 0; i < count; i++)
        add_field(line, &fields[i]);
    add(line, "}\n", 2);
}
