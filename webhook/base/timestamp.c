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
