/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* Unicode 15, table 3-7: how a sequence goes on after its first byte. */
static const struct utf8_row {
    unsigned char length;
    unsigned char second_min, second_max;
} utf8_rows[] = {
    {0, 0xFF, 0x00}, {2, 0x80, 0xBF}, {3, 0xA0, 0xBF}, {3, 0x80, 0xBF},
    {3, 0x80, 0x9F}, {4, 0x90, 0xBF}, {4, 0x80, 0xBF}, {4, 0x80, 0x8F},
};

/* The row of each first byte from 0xC0 on. */
static const unsigned char utf8_row_of[64] = {
    0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 3, 3, 5, 6, 6, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t utf8_sequence(struct str s)
{
    unsigned char first = s.len > 0 ? (unsigned char)s.ptr[0] : 0xFF;
    const struct utf8_row *row;
    unsigned char second;

    if (first < 0x80)
        return 1;
    row = &utf8_rows[first >= 0xC0 ? utf8_row_of[first - 0xC0] : 0];
    if (row->length == 0 || s.len < row->length)
        return 0;
    second = (unsigned char)s.ptr[1];
    if (second < row->second_min || second > row->second_max)
        return 0;
    if (row->length > 2 && !is_continuation(s.ptr[2]))
        return 0;
    return row->length < 4 || is_continuation(s.ptr[3]) ? row->length : 0;
}

bool utf8_valid(struct str s)
{
    for (size_t i = 0; i < s.len;) {
        uint64_t word;
        size_t n;

        if (i + 8 <= s.len) {
            memcpy(&word, s.ptr + i, 8);
            if (!(word & UINT64_C(0x8080808080808080))) {
                i += 8;
                continue;
            }
        }
        n = (unsigned char)s.ptr[i] < 0x80 ? 1 : utf8_sequence(str_from(s, i));

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

size_t utf8_skip_marks(struct str text, size_t at)
{
    while (str_starts(str_from(text, at), STR(UTF8_MARK)))
        at += STR(UTF8_MARK).len;
    return at;
}
