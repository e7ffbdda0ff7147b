/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include "base/character.h"

#include <string.h>

struct str str_from_c(const char *text)
{
    return (struct str){text, text ? strlen(text) : 0};
}

bool str_equal_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (char_lower(a.ptr[i]) != char_lower(b.ptr[i]))
            return false;
    }
    return true;
}

int str_compare(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal((struct str){s.ptr, prefix.len}, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_equal(str_from(s, s.len - suffix.len), suffix);
}

bool str_is_blank(struct str s)
{
    return s.len == 0 || (char_is_space(s.ptr[0]) && str_trim(s).len == 0);
}

size_t str_find(struct str s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : s.len;
}

size_t str_rfind(struct str s, char c)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] == c)
            return i - 1;
    }
    return s.len;
}

bool str_contains(struct str s, struct str needle)
{
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        if (str_equal(str_slice(s, i, i + needle.len), needle))
            return true;
    }
    return false;
}

struct str str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from >= to)
        return (struct str){NULL, 0};
    return (struct str){s.ptr + from, to - from};
}

struct str str_from(struct str s, size_t from)
{
    return str_slice(s, from, s.len);
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && char_is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && char_is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct str str_cut(struct str *rest, char c)
{
    struct str all = *rest;
    size_t at = str_find(all, c);

    if (at == all.len) {
        *rest = (struct str){NULL, 0};
        return all;
    }
    *rest = (struct str){all.ptr + at + 1, all.len - at - 1};
    return (struct str){all.ptr, at};
}

/* Appends one digit unless that would pass the limit. */
static bool push_digit(uint64_t *value, char c, uint64_t limit)
{
    uint64_t digit = (uint64_t)(c - '0');

    if (c < '0' || c > '9' || *value > (limit - digit) / 10)
        return false;
    *value = *value * 10 + digit;
    return true;
}

bool str_to_int64(struct str s, int64_t min, int64_t max, int64_t *ret)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t value = 0;
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    int64_t number;

    if (s.len > 0 && (negative || s.ptr[0] == '+'))
        s = (struct str){s.ptr + 1, s.len - 1};
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!push_digit(&value, s.ptr[i], limit))
            return false;
    }
    number = negative ? (int64_t)(0 - value) : (int64_t)value;
    if (number < min || number > max)
        return false;
    *ret = number;
    return true;
}

/* The last one to seven bytes; with the length, no two of them give the same. */
static uint64_t last_word(const char *ptr, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)ptr;
    uint32_t first, last;

    if (len < 4)
        return bytes[0] | (uint64_t)bytes[len / 2] << 8 | (uint64_t)bytes[len - 1] << 16;
    memcpy(&first, ptr, 4);
    memcpy(&last, ptr + len - 4, 4);
    return first | (uint64_t)last << 32;
}

/* Eight bytes a step, two multiplications; the final mix spreads the low bits. */
uint64_t str_hash(struct str s, uint64_t seed)
{
    const uint64_t mul = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t h = seed ^ (s.len * mul);
    size_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        uint64_t word;

        memcpy(&word, s.ptr + i, 8);
        h = (h ^ word) * mul;
        h ^= h >> 32;
    }
    if (i < s.len) {
        h = (h ^ last_word(s.ptr + i, s.len - i)) * mul;
        h ^= h >> 32;
    }
    h ^= seed >> 17;
    h *= mul;
    return h ^ (h >> 29);
}

struct str str_put(char **at, struct str s)
{
    struct str ret = {*at, s.len};

    if (s.len > 0)
        memcpy(*at, s.ptr, s.len);
    *at += s.len;
    return ret;
}
