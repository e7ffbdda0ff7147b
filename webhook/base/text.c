/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_FIRST_SIZE = 256 };

static void overflow(struct text *text)
{
    text->too_long = true;
    text->limit = text->size = text->len; /* nothing more fits, not even the next short piece */
}

char *text_reserve_growing(struct text *text, size_t more)
{
    size_t size = text->size ? text->size : TEXT_FIRST_SIZE;

    if (text->too_long || more > text->limit - text->len) {
        overflow(text);
        return NULL;
    }
    while (size - text->len < more)
        size *= 2;
    size = size < text->limit ? size : text->limit;
    text->ptr = arena_grow(text->arena, text->ptr, text->size, size, 1);
    text->size = size;
    return text->ptr + text->len;
}

void text_add_growing(struct text *text, struct str s)
{
    char *room = s.len ? text_reserve(text, s.len) : NULL;

    if (!room)
        return;
    memcpy(room, s.ptr, s.len);
    text->len += s.len;
}

void text_add_c(struct text *text, const char *s)
{
    text_add(text, str_from_c(s));
}

void text_add_uint(struct text *text, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    if (value < 10) {
        text_add_char(text, (char)('0' + value));
        return;
    }
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value && at > 0);
    text_add(text, (struct str){digits + at, sizeof(digits) - at});
}

struct str text_of_uint(struct arena *arena, uint64_t value)
{
    struct text text;

    if (value < 10)
        return (struct str){&"0123456789"[value], 1};
    text_init(&text, arena, 20);
    text_add_uint(&text, value);
    return text_str(&text);
}

void text_add_int(struct text *text, int64_t value)
{
    if (value < 0)
        text_add_char(text, '-');
    text_add_uint(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list args;
    va_list again;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        char *copy = arena_alloc(text->arena, (size_t)len + 1);

        (void)vsnprintf(copy, (size_t)len + 1, format, again);
        text_add(text, (struct str){copy, (size_t)len});
    }
    va_end(again);
}