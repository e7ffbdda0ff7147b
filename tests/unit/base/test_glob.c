/* SPDX-License-Identifier: Apache-2.0 */
#include "base/glob.h"
#include "test.h"

TEST(a_pattern_matches_the_whole_text)
{
    static const struct {
        struct str pattern, text;
        bool matches;
    } rows[] = {
        {STR_INIT(""), STR_INIT(""), true},
        {STR_INIT(""), STR_INIT("a"), false},
        {STR_INIT("*"), STR_INIT(""), true},
        {STR_INIT("*"), STR_INIT("a/b"), true},
        {STR_INIT("?"), STR_INIT(""), false},
        {STR_INIT("?"), STR_INIT("/"), true},
        {STR_INIT("?"), STR_INIT("ab"), false},
        {STR_INIT("abc"), STR_INIT("abc"), true},
        {STR_INIT("abc"), STR_INIT("abcd"), false},
        {STR_INIT("abcd"), STR_INIT("abc"), false},
        {STR_INIT("a*c"), STR_INIT("ac"), true},
        {STR_INIT("a*c"), STR_INIT("abcbc"), true},
        {STR_INIT("a*c"), STR_INIT("abcb"), false},
        {STR_INIT("a*b*c"), STR_INIT("a.b.b.c"), true},
        {STR_INIT("a**c"), STR_INIT("ac"), true},
        {STR_INIT("*a"), STR_INIT("aaab"), false},
        {STR_INIT("*?"), STR_INIT("a"), true},
        {STR_INIT("*?"), STR_INIT(""), false},
        {STR_INIT("quay.io/*/app"), STR_INIT("quay.io/a/b/app"), true},
        {STR_INIT("quay.io/*"), STR_INIT("quay.io.example.com/a"), false},
        {STR_INIT("[ab]"), STR_INIT("a"), false},
        {STR_INIT("[ab]"), STR_INIT("[ab]"), true},
        {STR_INIT("a\\*"), STR_INIT("a*"), false},
        {STR_INIT("a?b"), STR_INIT("a\0b"), true},
        {STR_INIT("A"), STR_INIT("a"), false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_ROW(glob_match(rows[i].pattern, rows[i].text) == rows[i].matches, "row %zu", i);
    CHECK(glob_has_wildcard(STR("a*")) && glob_has_wildcard(STR("?")));
    CHECK(!glob_has_wildcard(STR("")) && !glob_has_wildcard(STR("[a]")));
}

/* 60 stars against 20 000 letters: backtracking over all of them would never end. */
TEST(hostile_patterns_take_no_more_than_their_product)
{
    static char pattern[120], text[20000];

    for (size_t i = 0; i < sizeof(pattern); i += 2) {
        pattern[i] = 'a';
        pattern[i + 1] = '*';
    }
    pattern[sizeof(pattern) - 1] = 'b';
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = 'a';
    CHECK(!glob_match((struct str){pattern, sizeof(pattern)}, (struct str){text, sizeof(text)}));
    text[sizeof(text) - 1] = 'b';
    CHECK(glob_match((struct str){pattern, sizeof(pattern)}, (struct str){text, sizeof(text)}));
}

TEST_MAIN()
