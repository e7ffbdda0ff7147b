/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "test.h"

TEST(equality_is_by_bytes_and_length)
{
    static const struct {
        struct str a, b;
        bool equal, equal_nocase;
        int order;
    } rows[] = {
        {STR_INIT(""), {NULL, 0}, true, true, 0},
        {STR_INIT("abc"), STR_INIT("abc"), true, true, 0},
        {STR_INIT("abc"), STR_INIT("abd"), false, false, -1},
        {STR_INIT("abc"), STR_INIT("ab"), false, false, 1},
        {STR_INIT("aBc"), STR_INIT("AbC"), false, true, 1},
        {STR_INIT("a\0b"), STR_INIT("a\0c"), false, false, -1},
        {STR_INIT("\xFF"), STR_INIT("a"), false, false, 1},
        /* bytes that differ in the bit of small letters, and are none */
        {STR_INIT("@["), STR_INIT("`{"), false, false, -1},
        {STR_INIT("\xC3\x84"), STR_INIT("\xC3\xA4"), false, false, -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int order = str_compare(rows[i].a, rows[i].b);

        CHECK_ROW(str_equal(rows[i].a, rows[i].b) == rows[i].equal, "row %zu", i);
        CHECK_ROW(str_equal_nocase(rows[i].a, rows[i].b) == rows[i].equal_nocase, "row %zu", i);
        CHECK_ROW((order > 0) - (order < 0) == rows[i].order, "row %zu", i);
    }
}

TEST(searches_give_the_length_where_there_is_nothing)
{
    CHECK(str_find(STR("a/b/c"), '/') == 1);
    CHECK(str_rfind(STR("a/b/c"), '/') == 3);
    CHECK(str_find(STR("abc"), '/') == 3);
    CHECK(str_rfind(STR("abc"), '/') == 3);
    CHECK(str_find((struct str){NULL, 0}, '/') == 0);
    CHECK(str_rfind((struct str){NULL, 0}, '/') == 0);
    CHECK(str_contains(STR("abcabd"), STR("abd")));
    CHECK(!str_contains(STR("abcab"), STR("abd")));
    CHECK(str_contains(STR(""), STR("")));
    CHECK(!str_contains(STR(""), STR("a")));
    CHECK(str_starts(STR("abc"), STR("ab")) && !str_starts(STR("ab"), STR("abc")));
    CHECK(str_starts(STR(""), STR("")) && str_ends(STR(""), STR("")));
    CHECK(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("bc"), STR("abc")));
    CHECK(str_ends(STR("abc"), STR("")) && str_ends(STR("abc"), STR("abc")));
}

TEST(slices_are_cut_to_the_text)
{
    CHECK_STR(str_slice(STR("abcdef"), 1, 3), STR("bc"));
    CHECK_STR(str_slice(STR("abc"), 1, 100), STR("bc"));
    CHECK_STR(str_slice(STR("abc"), 100, 200), STR(""));
    CHECK_STR(str_slice(STR("abc"), 2, 1), STR(""));
    CHECK_STR(str_from(STR("abc"), 1), STR("bc"));
    CHECK_STR(str_from(STR("abc"), 3), STR(""));
    CHECK_STR(str_trim(STR(" \t\r\n a b \n")), STR("a b"));
    CHECK_STR(str_trim(STR(" \n ")), STR(""));
    CHECK_STR(str_trim(STR("\f\va")), STR("\f\va"));
    CHECK(str_is_blank(STR("")) && str_is_blank(STR(" \t\r\n")) && !str_is_blank(STR(" \f")));
    CHECK_STR(str_from_c("abc"), STR("abc"));
    CHECK_STR(str_from_c(NULL), STR(""));
}

TEST(cutting_gives_every_part_once)
{
    static const struct {
        struct str text;
        struct str parts[4];
        size_t count;
    } rows[] = {
        {STR_INIT("a,b,c"), {STR_INIT("a"), STR_INIT("b"), STR_INIT("c")}, 3},
        {STR_INIT(",a,"), {STR_INIT(""), STR_INIT("a"), STR_INIT("")}, 3},
        {STR_INIT("a"), {STR_INIT("a")}, 1},
        {STR_INIT(""), {STR_INIT("")}, 1},
        {{NULL, 0}, {STR_INIT("")}, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str rest = rows[i].text;
        size_t count = 0;

        while (rest.ptr) {
            struct str part = str_cut(&rest, ',');

            CHECK_ROW(count < rows[i].count && str_equal(part, rows[i].parts[count]), "row %zu", i);
            count++;
        }
        CHECK_ROW(count == rows[i].count, "row %zu", i);
    }
}

TEST(numbers_are_whole_and_in_range)
{
    static const struct {
        struct str text;
        int64_t min, max;
        bool ok;
        int64_t value;
    } rows[] = {
        {STR_INIT("0"), INT64_MIN, INT64_MAX, true, 0},
        {STR_INIT("-0"), INT64_MIN, INT64_MAX, true, 0},
        {STR_INIT("+7"), INT64_MIN, INT64_MAX, true, 7},
        {STR_INIT("007"), INT64_MIN, INT64_MAX, true, 7},
        {STR_INIT("9223372036854775807"), INT64_MIN, INT64_MAX, true, INT64_MAX},
        {STR_INIT("9223372036854775808"), INT64_MIN, INT64_MAX, false, 0},
        {STR_INIT("-9223372036854775808"), INT64_MIN, INT64_MAX, true, INT64_MIN},
        {STR_INIT("-9223372036854775809"), INT64_MIN, INT64_MAX, false, 0},
        {STR_INIT("99999999999999999999999"), INT64_MIN, INT64_MAX, false, 0},
        {STR_INIT("10"), 0, 9, false, 0},
        {STR_INIT("-1"), 0, 9, false, 0},
        {STR_INIT("9"), 0, 9, true, 9},
        {STR_INIT(""), 0, 9, false, 0},
        {STR_INIT("+"), 0, 9, false, 0},
        {STR_INIT("--1"), -9, 9, false, 0},
        {STR_INIT("1 "), 0, 9, false, 0},
        {STR_INIT(" 1"), 0, 9, false, 0},
        {STR_INIT("1\0"), 0, 9, false, 0},
        {STR_INIT("0x1"), 0, 9, false, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t value = 42;

        CHECK_ROW(str_to_int64(rows[i].text, rows[i].min, rows[i].max, &value) == rows[i].ok, "row %zu", i);
        CHECK_ROW(value == (rows[i].ok ? rows[i].value : 42), "row %zu", i);
    }
}

TEST(equality_depends_on_every_byte_whatever_the_length)
{
    char a[40] = {0};
    char b[40] = {0};

    for (size_t len = 0; len < sizeof(a); len++) {
        CHECK_ROW(str_equal((struct str){a, len}, (struct str){b, len}), "length %zu", len);
        CHECK_ROW(!str_equal((struct str){a, len}, (struct str){b, len + 1}), "length %zu", len);
        for (size_t i = 0; i < len; i++) {
            b[i] = 1;
            CHECK_ROW(!str_equal((struct str){a, len}, (struct str){b, len}), "length %zu, byte %zu", len, i);
            b[i] = 0;
        }
    }
}

TEST(hashes_depend_on_every_byte_the_length_and_the_seed)
{
    char bytes[40] = {0};
    uint64_t plain = str_hash((struct str){bytes, sizeof(bytes)}, 1);

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 1;
        CHECK_ROW(str_hash((struct str){bytes, sizeof(bytes)}, 1) != plain, "byte %zu", i);
        bytes[i] = 0;
        CHECK_ROW(str_hash((struct str){bytes, i}, 1) != plain, "length %zu", i);
    }
    CHECK(str_hash((struct str){bytes, sizeof(bytes)}, 2) != plain);
    CHECK(str_hash((struct str){bytes, sizeof(bytes)}, 1) == plain);
}

TEST_MAIN()
