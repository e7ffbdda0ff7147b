/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/log_line.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

static size_t plain_run(struct str s)
{
    size_t i = 0;

    while (i < s.len) {
        unsigned char byte = (unsigned char)s.ptr[i];
        if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\')
            break;
        i++;
    }
    return i;
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
        size_t run = plain_run(s);
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

static void add_key(struct log_line *line, const char *key)
{
    add_c(line, ",\"");
    add_c(line, key);
    add_c(line, "\":");
}

static void add_field(struct log_line *line, const struct log_field *field)
{
    struct str text = cut_text(field->text, LOG_TEXT_MAX);
    size_t worst = strlen(field->key) + 32 + TEXT_WORST_CASE * text.len;
    char number[24];

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
        add(line, number, (size_t)snprintf(number, sizeof number, "%lld", (long long)field->number));
        return;
    case LOG_FIELD_BOOL:
        add_key(line, field->key);
        add_c(line, field->number ? "true" : "false");
        return;
    }
}

static void add_digits(char *at, int value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void add_time(struct log_line *line, int64_t now_ms)
{
    char text[] = "\"time\":\"0000-00-00T00:00:00.000Z\"";
    char *at = text + 8;
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm))
        return;
    add_digits(at, tm.tm_year + 1900, 4);
    add_digits(at + 5, tm.tm_mon + 1, 2);
    add_digits(at + 8, tm.tm_mday, 2);
    add_digits(at + 11, tm.tm_hour, 2);
    add_digits(at + 14, tm.tm_min, 2);
    add_digits(at + 17, tm.tm_sec, 2);
    add_digits(at + 20, (int)(now_ms % 1000), 3);
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
    add_key(line, "level");
    add_quoted(line, str_from_c(names[level]), false);
    add_key(line, "event");
    add_quoted(line, cut_text(str_from_c(event), LOG_TEXT_MAX), false);
    for (size_t i = 0; i < count; i++)
        add_field(line, &fields[i]);
    add(line, "}\n", 2);
}
