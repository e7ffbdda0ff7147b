/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

struct utf8_row {
    unsigned char first_min, first_max;
    unsigned char second_min, second_max;
    unsigned char length;
};

/* Unicode 15, table 3-7. */
static const struct utf8_row utf8_rows[] = {
    {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static bool row_matches(const struct utf8_row *row, struct str s)
{
    unsigned char second;

    if (s.len < row->length)
        return false;
    if (row->length == 1)
        return true;
    second = (unsigned char)s.ptr[1];
    if (second < row->second_min || second > row->second_max)
        return false;
    for (size_t i = 2; i < row->length; i++) {
        if (!is_continuation(s.ptr[i]))
            return false;
    }
    return true;
}

size_t utf8_sequence(struct str s)
{
    if (s.len == 0)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(utf8_rows); i++) {
        const struct utf8_row *row = &utf8_rows[i];
        unsigned char first = (unsigned char)s.ptr[0];

        if (first >= row->first_min && first <= row->first_max)
            return row_matches(row, s) ? row->length : 0;
    }
    return 0;
}

bool utf8_valid(struct str s)
{
    for (size_t i = 0; i < s.len;) {
        size_t n = (unsigned char)s.ptr[i] < 0x80 ? 1 : utf8_sequence(str_from(s, i));

        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | (c >> 6));
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | (c >> 12));
        out[1] = (char)(0x80 | ((c >> 6) & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (c >> 18));
    out[1] = (char)(0x80 | ((c >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((c >> 6) & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}
