/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/interest_index.h"

#include "test.h"

enum { PARTIES = 1000, KIND = 3 };

static struct interest interests[PARTIES];
static size_t visited;

static void count(void *ctx, struct interest *interest)
{
    CHECK(!ctx || ctx == interest);
    visited++;
}

static size_t visits(struct interest_index *index, uint64_t key, struct interest *only)
{
    visited = 0;
    interest_index_visit(index, key, count, only);
    return visited;
}

static void forget_all(struct interest_index *index)
{
    for (size_t i = 0; i < PARTIES; i++)
        interest_index_set(index, &interests[i], NULL, 0);
    interest_index_free(index);
    memset(interests, 0, sizeof interests);
}

TEST(tells_those_who_are_interested_and_no_others)
{
    struct interest_index *index = interest_index_new(7);
    uint64_t a = interest_index_key(index, KIND, STR("ns"), STR("a"));
    uint64_t b = interest_index_key(index, KIND, STR("ns"), STR("b"));
    const uint64_t both[] = {a, b, a};

    interest_index_set(index, &interests[0], both, ARRAY_LEN(both));
    interest_index_set(index, &interests[1], &a, 1);
    CHECK(visits(index, a, NULL) == 2 && visits(index, b, &interests[0]) == 1);
    interest_index_set(index, &interests[0], &b, 1);
    CHECK(visits(index, a, &interests[1]) == 1 && visits(index, b, &interests[0]) == 1);
    interest_index_set(index, &interests[1], NULL, 0);
    CHECK(visits(index, a, NULL) == 0);
    forget_all(index);
}

TEST(keeps_names_of_different_kinds_and_parts_apart)
{
    struct interest_index *index = interest_index_new(7);
    uint64_t key = interest_index_key(index, KIND, STR("ab"), STR("c"));

    CHECK(key != interest_index_key(index, KIND + 1, STR("ab"), STR("c")));
    CHECK(key != interest_index_key(index, KIND, STR("a"), STR("bc")));
    CHECK(key == interest_index_key(index, KIND, STR("ab"), STR("c")));
    forget_all(index);
}

TEST(grows)
{
    struct interest_index *index = interest_index_new(7);

    for (size_t i = 0; i < PARTIES; i++) {
        uint64_t key = i + 1;

        interest_index_set(index, &interests[i], &key, 1);
    }
    for (size_t i = 0; i < PARTIES; i++)
        CHECK_ROW(visits(index, i + 1, &interests[i]) == 1, "%zu", i);
    forget_all(index);
}

TEST_MAIN()
