/* SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"

#include "base/character.h"

#include <string.h>

struct duration_unit {
    struct str name;
    int64_t ns;
};

/* Longer names first where one begins another. */
static const struct duration_unit duration_units[] = {
    {STR_INIT("ms"), 1000000},
    {STR_INIT("us"), 1000},
    {STR_INIT("\xC2\xB5s"), 1000},
    {STR_INIT("\xCE\xBCs"), 1000},
    {STR_INIT("ns"), 1},
    {STR_INIT("h"), INT64_C(3600000000000)},
    {STR_INIT("m"), INT64_C(60000000000)},
    {STR_INIT("s"), 1000000000},
};

static const struct duration_unit *take_unit(struct str *s)
{
    for (size_t i = 0; i < ARRAY_LEN(duration_units); i++) {
        if (str_starts(*s, duration_units[i].name)) {
            *s = str_from(*s, duration_units[i].name.len);
            return &duration_units[i];
        }
    }
    return NULL;
}

static const int64_t duration_max_ns = INT64_C(100) * 366 * 86400 * 1000000000;

static struct str take_all_digits(struct str *s)
{
    struct str digits = *s;

    while (s->len > 0 && char_is_digit(s->ptr[0]))
        *s = str_from(*s, 1);
    digits.len -= s->len;
    return digits;
}

/* `whole` times `unit`; more than duration_max_ns where that is too much. */
static int64_t multiply(struct str whole, int64_t unit)
{
    int64_t limit = duration_max_ns / unit;
    int64_t value = 0;

    for (size_t i = 0; i < whole.len; i++) {
        if (value > limit / 10)
            return duration_max_ns + 1;
        value = value * 10 + (whole.ptr[i] - '0');
    }
    return value <= limit ? value * unit : duration_max_ns + 1;
}

/* 0.`fraction` of `unit`, rounded down: from the last digit on, exact in each step. */
static int64_t multiply_fraction(struct str fraction, int64_t unit)
{
    int64_t value = 0;

    for (size_t i = fraction.len; i > 0; i--)
        value = ((fraction.ptr[i - 1] - '0') * unit + value) / 10;
    return value;
}

/* One "1.5h" off the front, added to *ns. */
static bool take_term(struct str *s, int64_t *ns)
{
    struct str whole = take_all_digits(s);
    struct str fraction = {NULL, 0};
    const struct duration_unit *unit;

    if (str_starts(*s, STR("."))) {
        *s = str_from(*s, 1);
        fraction = take_all_digits(s);
    }
    unit = whole.len + fraction.len > 0 ? take_unit(s) : NULL;
    if (!unit)
        return false;
    *ns += multiply(whole, unit->ns) + multiply_fraction(fraction, unit->ns);
    return *ns <= duration_max_ns;
}

bool duration_parse(struct str s, int64_t *ret_ms)
{
    int64_t ns = 0;

    if (str_equal(s, STR("0"))) {
        *ret_ms = 0;
        return true;
    }
    if (s.len == 0)
        return false;
    while (s.len > 0) {
        if (!take_term(&s, &ns))
            return false;
    }
    *ret_ms = ns / 1000000;
    return true;
}

void duration_format(struct text *out, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        char letter;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    int shown = 0;

    if (seconds <= 0) {
        text_add(out, STR("0s"));
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(units) && shown < 2; i++) {
        int64_t n = seconds / units[i].seconds;

        if (n == 0 && shown == 0)
            continue;
        if (n != 0) {
            text_add_int(out, n);
            text_add_char(out, units[i].letter);
        }
        seconds %= units[i].seconds;
        shown++;
    }
}
