/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/label_selector.h"

#include "test.h"

static const struct label labels[] = {
    {STR_INIT("kubernetes.io/metadata.name"), STR_INIT("shop")},
    {STR_INIT("team"), STR_INIT("a")},
    {STR_INIT("empty"), STR_INIT("")},
};

static const struct str values[] = {STR_INIT("a"), STR_INIT("b")};

TEST(selectors_match_as_the_api_server_does)
{
    static const struct {
        struct selector_requirement requirement;
        bool matches;
    } rows[] = {
        {{STR_INIT("team"), SELECTOR_IN, values, 2}, true},
        {{STR_INIT("team"), SELECTOR_IN, &values[1], 1}, false},
        {{STR_INIT("none"), SELECTOR_IN, values, 2}, false},
        {{STR_INIT("team"), SELECTOR_NOT_IN, values, 2}, false},
        {{STR_INIT("team"), SELECTOR_NOT_IN, &values[1], 1}, true},
        {{STR_INIT("none"), SELECTOR_NOT_IN, values, 2}, true},
        {{STR_INIT("empty"), SELECTOR_EXISTS, NULL, 0}, true},
        {{STR_INIT("none"), SELECTOR_EXISTS, NULL, 0}, false},
        {{STR_INIT("empty"), SELECTOR_DOES_NOT_EXIST, NULL, 0}, false},
        {{STR_INIT("none"), SELECTOR_DOES_NOT_EXIST, NULL, 0}, true},
    };
    struct label_selector all = {NULL, 0};
    struct label_selector both = {
        (const struct selector_requirement[]){rows[0].requirement, rows[1].requirement}, 2};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct label_selector selector = {&rows[i].requirement, 1};

        CHECK_ROW(label_selector_matches(&selector, labels, ARRAY_LEN(labels)) == rows[i].matches, "row %zu",
                  i);
    }
    CHECK(label_selector_matches(&all, NULL, 0));
    CHECK(!label_selector_matches(&both, labels, ARRAY_LEN(labels)));
}

TEST_MAIN()
