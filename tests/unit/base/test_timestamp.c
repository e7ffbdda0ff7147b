/* SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"
#include "base/timestamp.h"
#include "test.h"

TEST(timestamps_are_seconds_since_1970)
{
    static const struct {
        struct str text;
        int64_t seconds;
    } rows[] = {
        {STR_INIT("1970-01-01T00:00:00Z"), 0},
        {STR_INIT("1969-12-31T23:59:59Z"), -1},
        {STR_INIT("2006-01-02T15:04:05Z"), 1136214245},
        {STR_INIT("2006-01-02t15:04:05z"), 1136214245},
        {STR_INIT("2006-01-02T15:04:05+07:00"), 1136189045},
        {STR_INIT("2006-01-02T15:04:05-00:30"), 1136216045},
        {STR_INIT("2006-01-02T15:04:05.999999999Z"), 1136214245},
        {STR_INIT("2000-02-29T00:00:00Z"), 951782400},
        {STR_INIT("2024-02-29T12:00:00Z"), 1709208000},
        {STR_INIT("2016-12-31T23:59:60Z"), 1483228800},
        {STR_INIT("0000-01-01T00:00:00Z"), INT64_C(-62167219200)},
        {STR_INIT("9999-12-31T23:59:59Z"), INT64_C(253402300799)},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t seconds = 42;

        CHECK_ROW(timestamp_parse(rows[i].text, &seconds), "row %zu", i);
        CHECK_ROW(seconds == rows[i].seconds, "row %zu: %lld", i, (long long)seconds);
    }
}

TEST(a_fraction_is_read_to_the_nanosecond)
{
    static const struct {
        const char *text;
        uint32_t want;
    } rows[] = {
        {"2026-03-01T12:00:00Z", 0},
        {"2026-03-01T12:00:00.5Z", 500000000},
        {"2026-03-01T12:00:00.000000001Z", 1},
        {"2026-03-01T12:00:00.9999999999999999999999999Z", 999999999},
        {"2026-03-01T13:00:00.250+01:00", 250000000},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t seconds;
        uint32_t nanoseconds;

        CHECK_ROW(timestamp_parse_exact(str_from_c(rows[i].text), &seconds, &nanoseconds), "%s",
                  rows[i].text);
        CHECK_ROW(seconds == 1772366400, "%s", rows[i].text);
        CHECK_ROW(nanoseconds == rows[i].want, "%s: %u", rows[i].text, nanoseconds);
    }
}

TEST(what_is_no_timestamp_is_refused)
{
    static const struct str rows[] = {
        STR_INIT(""),
        STR_INIT("2006-01-02"),
        STR_INIT("2006-01-02T15:04:05"),
        STR_INIT("2006-01-02 15:04:05Z"),
        STR_INIT("2006-01-02T15:04Z"),
        STR_INIT("2006-01-02T15:04:05ZZ"),
        STR_INIT("2006-01-02T15:04:05+0700"),
        STR_INIT("2006-01-02T15:04:05+07"),
        STR_INIT("2006-01-02T15:04:05+24:00"),
        STR_INIT("2006-01-02T15:04:05+07:60"),
        STR_INIT("2006-01-02T15:04:05+07:00 "),
        STR_INIT("2006-01-02T15:04:05.Z"),
        STR_INIT("2006-01-02T15:04:05,5Z"),
        STR_INIT("2006-00-02T15:04:05Z"),
        STR_INIT("2006-13-02T15:04:05Z"),
        STR_INIT("2006-01-00T15:04:05Z"),
        STR_INIT("2006-01-32T15:04:05Z"),
        STR_INIT("2006-04-31T15:04:05Z"),
        STR_INIT("2023-02-29T00:00:00Z"),
        STR_INIT("1900-02-29T00:00:00Z"),
        STR_INIT("2006-01-02T24:00:00Z"),
        STR_INIT("2006-01-02T15:60:05Z"),
        STR_INIT("2006-01-02T15:04:61Z"),
        STR_INIT("2006-1-2T15:04:05Z"),
        STR_INIT("12006-01-02T15:04:05Z"),
        STR_INIT("-006-01-02T15:04:05Z"),
        STR_INIT("2006\r01\r02T15:04:05Z"),
        STR_INIT("2006-01-02T15\x1A"
                 "04:05Z"),
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t seconds = 42;

        CHECK_ROW(!timestamp_parse(rows[i], &seconds), "row %zu", i);
        CHECK_ROW(seconds == 42, "row %zu", i);
    }
}

/* Every day of 800 years, and a second of each, there and back. */
TEST(every_day_is_written_as_it_is_read)
{
    struct arena arena;
    char buffer[128];

    for (int64_t day = -400 * 365; day < 400 * 365; day++) {
        int64_t seconds = day * 86400 + ((day * 7919) % 86400 + 86400) % 86400;
        int64_t back = 0;
        struct text out;

        arena_init_buffer(&arena, buffer, sizeof(buffer));
        text_init(&out, &arena, 64);
        timestamp_format(&out, seconds);
        CHECK_ROW(timestamp_parse(text_str(&out), &back) && back == seconds, "day %lld", (long long)day);
        arena_release(&arena);
    }
}

TEST(durations_are_milliseconds_rounded_down)
{
    static const struct {
        struct str text;
        int64_t ms;
    } rows[] = {
        {STR_INIT("0"), 0},
        {STR_INIT("0s"), 0},
        {STR_INIT("24h"), 86400000},
        {STR_INIT("1h30m"), 5400000},
        {STR_INIT("30m1h"), 5400000},
        {STR_INIT("1.5h"), 5400000},
        {STR_INIT("250ms"), 250},
        {STR_INIT("1m2s3ms"), 62003},
        {STR_INIT(".5s"), 500},
        {STR_INIT("1.s"), 1000},
        {STR_INIT("1.001s"), 1001},
        {STR_INIT("0.9999s"), 999},
        {STR_INIT("999us"), 0},
        {STR_INIT("1000us"), 1},
        {STR_INIT("1500\xC2\xB5s"), 1},
        {STR_INIT("1500\xCE\xBCs"), 1},
        {STR_INIT("999999ns"), 0},
        {STR_INIT("1ms999999ns"), 1},
        {STR_INIT("500us500us"), 1},
        {STR_INIT("000000000000000000000000000000000001s"), 1000},
        {STR_INIT("0.000000000000000000000000000000000001h"), 0},
        {STR_INIT("878400h"), INT64_C(3162240000000)}, /* 100 years of 366 days */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ms = 42;

        CHECK_ROW(duration_parse(rows[i].text, &ms), "row %zu", i);
        CHECK_ROW(ms == rows[i].ms, "row %zu: %lld", i, (long long)ms);
    }
}

TEST(every_millisecond_of_a_minute_is_read_exactly)
{
    for (int ms = 0; ms < 60000; ms++) {
        char text[32];
        int64_t got = -1;
        int len = snprintf(text, sizeof(text), "%d.%03ds", ms / 1000, ms % 1000);

        CHECK_ROW(duration_parse((struct str){text, (size_t)len}, &got) && got == ms, "%s", text);
    }
}

TEST(what_is_no_duration_is_refused)
{
    static const struct str rows[] = {
        STR_INIT(""),
        STR_INIT("1"),
        STR_INIT("h"),
        STR_INIT(".s"),
        STR_INIT("-1s"),
        STR_INIT("+1s"),
        STR_INIT("1d"),
        STR_INIT("1s "),
        STR_INIT(" 1s"),
        STR_INIT("1 s"),
        STR_INIT("1..5s"),
        STR_INIT("1.5.5s"),
        STR_INIT("1e3s"),
        STR_INIT("00"),
        STR_INIT("1h1"),
        STR_INIT("1S"),
        STR_INIT("1\xC2s"),
        STR_INIT("878400.1h"),
        STR_INIT("99999999999999999999999999999999h"),
        STR_INIT("878400h1ns"),
        STR_INIT("9223372036854775808ns"),
        STR_INIT("1s\0"),
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ms = 42;

        CHECK_ROW(!duration_parse(rows[i], &ms), "row %zu", i);
        CHECK_ROW(ms == 42, "row %zu", i);
    }
}

TEST(durations_are_shown_by_two_units)
{
    static const struct {
        int64_t seconds;
        struct str text;
    } rows[] = {
        {-5, STR_INIT("0s")},         {0, STR_INIT("0s")},
        {45, STR_INIT("45s")},        {60, STR_INIT("1m")},
        {61, STR_INIT("1m1s")},       {3 * 3600 + 20 * 60 + 59, STR_INIT("3h20m")},
        {3600 + 5, STR_INIT("1h")},   {12 * 86400 + 4 * 3600 + 1800, STR_INIT("12d4h")},
        {86400 + 60, STR_INIT("1d")}, {86399, STR_INIT("23h59m")},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct text out;

        arena_init(&arena);
        text_init(&out, &arena, 64);
        duration_format(&out, rows[i].seconds);
        CHECK_STR(text_str(&out), rows[i].text);
        arena_release(&arena);
    }
}

TEST_MAIN()
