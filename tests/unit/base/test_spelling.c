/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spelling.h"
#include "test.h"

#include <string.h>

TEST(counts_slips_of_the_finger)
{
    static const struct {
        const char *a;
        const char *b;
        size_t want;
    } rows[] = {
        {"", "", 0},
        {"review", "review", 0},
        {"reveiw", "review", 1},
        {"revew", "review", 1},
        {"reviews", "review", 1},
        {"resolve", "review", 5},
        {"", "abc", 3},
        {"abc", "", 3},
        {"ca", "abc", 3},
        {"Review", "rEVIEW", 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t got = spelling_distance(str_from_c(rows[i].a), str_from_c(rows[i].b));

        CHECK_ROW(got == rows[i].want, "%s %s: %zu", rows[i].a, rows[i].b, got);
    }
}

TEST(words_too_long_are_as_far_apart_as_can_be)
{
    char noise[SPELLING_WORD_MAX + 1];

    memset(noise, 'x', sizeof(noise));
    CHECK(spelling_distance((struct str){noise, sizeof(noise)}, STR("review")) == SIZE_MAX);
    CHECK(!spelling_is_near((struct str){noise, sizeof(noise)}, STR("review")));
}

TEST_MAIN()
