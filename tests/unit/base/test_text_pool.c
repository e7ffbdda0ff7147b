/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text_pool.h"

#include "test.h"

#include <string.h>

TEST(copies_stand_side_by_side_and_equal_ones_once)
{
    struct arena arena;
    struct text_pool pool;
    struct str first, second, again;
    char text[] = "digest";

    arena_init(&arena);
    text_pool_init(&pool, &arena);
    first = text_pool_keep(&pool, (struct str){text, 6});
    second = text_pool_keep(&pool, STR("stream"));
    again = text_pool_keep(&pool, (struct str){text, 6});
    memset(text, 'x', sizeof(text)); /* a copy, not the text itself */
    CHECK_STR(first, STR("digest"));
    CHECK_STR(second, STR("stream"));
    CHECK(second.ptr == first.ptr + first.len && again.ptr == first.ptr);
    CHECK(text_pool_keep(&pool, (struct str){NULL, 0}).ptr != NULL);
    arena_release(&arena);
}

TEST(texts_of_every_length_are_kept_whole)
{
    static char source[3000];
    struct str kept[3000];
    struct arena arena;
    struct text_pool pool;

    memset(source, 'a', sizeof(source));
    arena_init(&arena);
    text_pool_init(&pool, &arena);
    for (size_t len = 0; len < sizeof(source); len++)
        kept[len] = text_pool_keep(&pool, (struct str){source, len});
    for (size_t len = 0; len < sizeof(source); len++)
        CHECK_ROW(str_equal(kept[len], (struct str){source, len}), "length %zu", len);
    arena_release(&arena);
}

TEST_MAIN()
