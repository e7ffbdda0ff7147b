/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/number.h"

#include "base/character.h"

#include <string.h>

enum {
    EXPONENT_MAX = 308,       /* of the largest binary64 */
    EXPONENT_CAP = 100000000, /* where counting an exponent's digits stops; beyond any body's length */
};

/* Offset behind the digits at `i`. */
static size_t skip_digits(struct str s, size_t i)
{
    while (i < s.len && char_is_digit(s.ptr[i]))
        i++;
    return i;
}

static size_t skip_integer(struct str s, size_t i)
{
    if (i < s.len && s.ptr[i] == '0')
        return i + 1;
    return skip_digits(s, i);
}

size_t json_number_length(struct str s)
{
    size_t start = s.len > 0 && s.ptr[0] == '-' ? 1 : 0;
    size_t end = skip_integer(s, start);

    if (end == start)
        return 0;
    if (end < s.len && s.ptr[end] == '.') {
        start = end + 1;
        end = skip_digits(s, start);
        if (end == start)
            return 0;
    }
    if (end < s.len && (s.ptr[end] | 32) == 'e') {
        start = end + 1;
        if (start < s.len && (s.ptr[start] == '+' || s.ptr[start] == '-'))
            start++;
        end = skip_digits(s, start);
        if (end == start)
            return 0;
    }
    return end;
}

/* The part behind `e`, cut to +-EXPONENT_CAP. */
static int64_t exponent_of(struct str s)
{
    int64_t value = 0;
    bool negative = s.len > 0 && s.ptr[0] == '-';

    for (size_t i = 0; i < s.len; i++) {
        if (char_is_digit(s.ptr[i]) && value < EXPONENT_CAP)
            value = value * 10 + (s.ptr[i] - '0');
    }
    return negative ? -value : value;
}

/*
 * Whether d.ddd... by the significant digits of `digits` (a point may stand
 * among them) lies below 2^1024 - 2^970, the middle between the largest
 * binary64 and what would follow it, divided by 10^308.
 */
static bool below_largest(struct str digits)
{
    static const char limit[] = "17976931348623158079372897140530341507993413271003782693617377898";
    size_t n = 0;

    for (size_t i = 0; i < digits.len && n < sizeof(limit) - 1; i++) {
        if (!char_is_digit(digits.ptr[i]))
            continue;
        if (digits.ptr[i] != limit[n])
            return digits.ptr[i] < limit[n];
        n++;
    }
    return n < sizeof(limit) - 1; /* 65 equal digits: refused, no number needs them */
}

bool json_number_is_finite(struct str number)
{
    size_t e = str_find(number, 'e');
    size_t first = 0;
    size_t point;
    int64_t exponent;

    if (e == number.len)
        e = str_find(number, 'E');
    if (e == number.len && number.len <= EXPONENT_MAX)
        return true;
    exponent = exponent_of(str_from(number, e + 1));
    number.len = e;
    point = str_find(number, '.');
    while (first < number.len && (number.ptr[first] < '1' || number.ptr[first] > '9'))
        first++;
    if (first == number.len)
        return true;
    exponent += first < point ? (int64_t)(point - first) - 1 : -(int64_t)(first - point);
    return exponent < EXPONENT_MAX || (exponent == EXPONENT_MAX && below_largest(str_from(number, first)));
}
