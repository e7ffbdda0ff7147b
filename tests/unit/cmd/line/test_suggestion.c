/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/suggestion.h"
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
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t got = edit_distance(str_from_c(rows[i].a), str_from_c(rows[i].b));

        CHECK_ROW(got == rows[i].want, "%s %s: %zu", rows[i].a, rows[i].b, got);
    }
}

TEST(bounds_what_it_compares)
{
    char noise[1000];

    memset(noise, 'x', sizeof(noise));
    CHECK(edit_distance((struct str){noise, sizeof(noise)}, STR("review")) == 64);
}

TEST(suggests_the_nearest_name_or_none)
{
    static const char *const names[] = {"webhook", "review", "resolve", "reference", "credentials"};
    static const struct {
        const char *typed;
        const char *want;
    } rows[] = {
        {"reveiw", "review"}, {"cred", "credentials"}, {"resolv", "resolve"}, {"kubectl", NULL}, {"", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct suggestion suggestion;

        suggestion_init(&suggestion, str_from_c(rows[i].typed));
        for (size_t j = 0; j < ARRAY_LEN(names); j++)
            suggestion_offer(&suggestion, names[j]);
        CHECK_ROW(str_equal(str_from_c(suggestion.name), str_from_c(rows[i].want)), "%s: %s", rows[i].typed,
                  suggestion.name ? suggestion.name : "none");
    }
}

TEST_MAIN()
