/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include "base/character.h"

/* Days since 1970-01-01 of a proleptic Gregorian date; years are counted from March. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* `count` digits off the front. */
static bool take_digits(struct str *s, size_t count, int64_t *ret)
{
    int64_t value = 0;

    if (s->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!char_is_digit(s->ptr[i]))
            return false;
        value = value * 10 + (s->ptr[i] - '0');
    }
    *s = str_from(*s, count);
    *ret = value;
    return true;
}

static bool take_char(struct str *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

/* Zero where there is none. */
static uint32_t take_fraction(struct str *s)
{
    uint32_t nanoseconds = 0;
    uint32_t unit = 100000000;

    if (s->len < 2 || s->ptr[0] != '.' || !char_is_digit(s->ptr[1]))
        return 0;
    *s = str_from(*s, 1);
    while (s->len > 0 && char_is_digit(s->ptr[0])) {
        nanoseconds += (uint32_t)(s->ptr[0] - '0') * unit;
        unit /= 10;
        *s = str_from(*s, 1);
    }
    return nanoseconds;
}

/* Z or +hh:mm, to the end of the text. */
static bool take_zone(struct str *s, int64_t *ret_offset)
{
    int64_t hours, minutes, sign;

    if (s->len == 1 && (s->ptr[0] == 'Z' || s->ptr[0] == 'z')) {
        *ret_offset = 0;
        return true;
    }
    if (s->len != 6 || (s->ptr[0] != '+' && s->ptr[0] != '-'))
        return false;
    sign = s->ptr[0] == '-' ? -1 : 1;
    *s = str_from(*s, 1);
    if (!take_digits(s, 2, &hours) || s->ptr[0] != ':')
        return false;
    *s = str_from(*s, 1);
    if (!take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool take_date(struct str *s, int64_t *ret_days)
{
    static const int64_t month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year, month, day;

    if (!take_digits(s, 4, &year) || !take_char(s, '-') || !take_digits(s, 2, &month) || !take_char(s, '-') ||
        !take_digits(s, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > month_days[month - 1])
        return false;
    if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))
        return false;
    *ret_days = days_from_civil(year, month, day);
    return true;
}

bool timestamp_parse(struct str s, int64_t *ret_seconds)
{
    uint32_t nanoseconds;

    return timestamp_parse_exact(s, ret_seconds, &nanoseconds);
}

bool timestamp_parse_exact(struct str s, int64_t *ret_seconds, uint32_t *ret_nanoseconds)
{
    int64_t days, hour, minute, second, offset;

    if (!take_date(&s, &days) || !(take_char(&s, 'T') || take_char(&s, 't')) || !take_digits(&s, 2, &hour) ||
        !take_char(&s, ':') || !take_digits(&s, 2, &minute) || !take_char(&s, ':') ||
        !take_digits(&s, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *ret_nanoseconds = take_fraction(&s);
    if (!take_zone(&s, &offset))
        return false;
    *ret_seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset;
    return true;
}

static void put_digits(char *out, int64_t value, size_t count)
{
    while (count-- > 0) {
        out[count] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* The inverse of days_from_civil(). */
static void put_date(char *out, int64_t days)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

    put_digits(out, year_of_era + era * 400 + (month <= 2), 4);
    put_digits(out + 5, month, 2);
    put_digits(out + 8, day_of_year - (153 * month_from_march + 2) / 5 + 1, 2);
}

void timestamp_write(char out[static TIMESTAMP_SIZE], int64_t seconds)
{
    int64_t days = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
    int64_t rest = seconds - days * 86400;

    memcpy(out, "0000-00-00T00:00:00Z", TIMESTAMP_SIZE);
    put_date(out, days);
    put_digits(out + 11, rest / 3600, 2);
    put_digits(out + 14, rest / 60 % 60, 2);
    put_digits(out + 17, rest % 60, 2);
}

/* What an offset may lead to: a year in front of 0 or beyond 9999, which repeats one of 400 years. */
static void format_far(struct text *out, int64_t seconds)
{
    const int64_t cycle = INT64_C(146097) * 86400;
    int64_t cycles = (seconds >= 0 ? seconds : seconds - cycle + 1) / cycle;
    char digits[TIMESTAMP_SIZE];
    int64_t year;

    timestamp_write(digits, seconds - cycles * cycle);
    year = (digits[0] - '0') * 1000 + (digits[1] - '0') * 100 + (digits[2] - '0') * 10 + (digits[3] - '0');
    text_addf(out, "%04d", (int)(year + cycles * 400));
    text_add(out, (struct str){digits + 4, sizeof(digits) - 4});
}

void timestamp_format(struct text *out, int64_t seconds)
{
    const int64_t year_0 = INT64_C(-62167219200);
    const int64_t year_10000 = INT64_C(253402300800);
    char digits[TIMESTAMP_SIZE];

    if (seconds < year_0 || seconds >= year_10000) {
        format_far(out, seconds);
        return;
    }
    timestamp_write(digits, seconds);
    text_add(out, (struct str){digits, sizeof(digits)});
}

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

    if (take_char(s, '.'))
        fraction = take_all_digits(s);
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
