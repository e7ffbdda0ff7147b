/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/number.h"
#include "test.h"

#include <string.h>

TEST(a_number_ends_where_the_grammar_says)
{
    static const struct {
        struct str text;
        size_t length;
    } rows[] = {
        {STR_INIT("0"), 1},     {STR_INIT("-0"), 2},    {STR_INIT("10"), 2},    {STR_INIT("01"), 1},
        {STR_INIT("-01"), 2},   {STR_INIT("1.5"), 3},   {STR_INIT("1."), 0},    {STR_INIT(".5"), 0},
        {STR_INIT("-"), 0},     {STR_INIT("+1"), 0},    {STR_INIT("1e5"), 3},   {STR_INIT("1E+5"), 4},
        {STR_INIT("1e-5x"), 4}, {STR_INIT("1e"), 0},    {STR_INIT("1e+"), 0},   {STR_INIT("1.5e10,"), 6},
        {STR_INIT("1 2"), 1},   {STR_INIT(""), 0},      {STR_INIT("a"), 0},     {STR_INIT("-a"), 0},
        {STR_INIT("1.e5"), 0},  {STR_INIT("0x10"), 1},  {STR_INIT("0e0"), 3},   {STR_INIT("1\0"), 1},
        {STR_INIT("--1"), 0},   {STR_INIT("1.5.5"), 3}, {STR_INIT("1e5e5"), 3}, {STR_INIT("1e\xC5"), 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_ROW(json_number_length(rows[i].text) == rows[i].length, STR_FMT, STR_ARG(rows[i].text));
}

TEST(numbers_beyond_binary64_are_told)
{
    static const struct {
        struct str text;
        bool finite;
    } rows[] = {
        {STR_INIT("0"), true},
        {STR_INIT("0e99999999999999999999999999"), true},
        {STR_INIT("0.000e400"), true},
        {STR_INIT("1e308"), true},
        {STR_INIT("1e309"), false},
        {STR_INIT("-1E400"), false},
        {STR_INIT("1e+400"), false},
        {STR_INIT("1e-400"), true},
        {STR_INIT("1e-99999999999999999999999999"), true},
        {STR_INIT("1e99999999999999999999999999"), false},
        {STR_INIT("1.7976931348623157e308"), true},
        {STR_INIT("1.7976931348623158e308"), true},
        {STR_INIT("1.7976931348623159e308"), false},
        {STR_INIT("17976931348623157e292"), true},
        {STR_INIT("17976931348623159e292"), false},
        {STR_INIT("0.0000017976931348623157e314"), true},
        {STR_INIT("0.0000017976931348623159e314"), false},
        {STR_INIT("179769313486231570000000.0e285"), true},
        {STR_INIT("179769313486231590000000.0e285"), false},
        {STR_INIT("9.9e307"), true},
        {STR_INIT("9.9e308"), false},
        {STR_INIT("123123e100000"), false},
        {STR_INIT("0.00000000000000000000001e330"), true},
        {STR_INIT("0.00000000000000000000001e332"), false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK_ROW(json_number_length(rows[i].text) == rows[i].text.len, STR_FMT, STR_ARG(rows[i].text));
        CHECK_ROW(json_number_is_finite(rows[i].text) == rows[i].finite, STR_FMT, STR_ARG(rows[i].text));
    }
}

TEST(long_integers_are_finite_up_to_308_zeros)
{
    char digits[400];

    memset(digits, '0', sizeof(digits));
    digits[0] = '1';
    CHECK(json_number_is_finite((struct str){digits, 309}));
    CHECK(!json_number_is_finite((struct str){digits, 310}));
    digits[0] = '2';
    CHECK(!json_number_is_finite((struct str){digits, 309}));
    CHECK(json_number_is_finite((struct str){digits, 308}));
}

TEST_MAIN()
