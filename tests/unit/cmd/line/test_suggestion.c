/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/suggestion.h"
#include "test.h"

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
