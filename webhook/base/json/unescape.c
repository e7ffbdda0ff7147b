/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/unescape.h"

#include "base/utf8.h"

#include <string.h>

/* Four hex digits, known to be such. */
static uint32_t hex4(const char *s)
{
    uint32_t unit = 0;

    for (size_t i = 0; i < 4; i++) {
        char c = s[i];

        unit = unit << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return unit & 0xFFFF;
}

/* The escape at `s`, which begins with a backslash; returns its length, 0 where it is cut off. */
static size_t decode_escape(struct str s, char out[4], size_t *ret_len)
{
    static const char names[] = "bfnrt";
    static const char bytes[] = "\b\f\n\r\t";
    const char *name;
    uint32_t unit;

    *ret_len = 1;
    if (s.len < 2)
        return 0;
    if (s.ptr[1] != 'u') {
        name = memchr(names, s.ptr[1], sizeof(names) - 1);
        out[0] = name ? bytes[name - names] : s.ptr[1];
        return 2;
    }
    if (s.len < 6)
        return 0;
    unit = hex4(s.ptr + 2);
    if ((unit & 0xFC00) != 0xD800 || s.len < 12) {
        *ret_len = utf8_encode(unit, out);
        return 6;
    }
    *ret_len = utf8_encode(0x10000 + ((unit & 0x3FF) << 10) + (hex4(s.ptr + 8) & 0x3FF), out);
    return 12;
}

struct str json_unescape(struct arena *arena, struct str raw)
{
    char *out = arena_alloc(arena, raw.len + 4);
    size_t len = 0;

    while (raw.len > 0) {
        size_t plain = str_find(raw, '\\');
        size_t escape, decoded;

        memcpy(out + len, raw.ptr, plain);
        len += plain;
        raw = str_from(raw, plain);
        escape = decode_escape(raw, out + len, &decoded);
        if (escape == 0)
            break;
        len += decoded;
        raw = str_from(raw, escape);
    }
    return (struct str){out, len};
}
