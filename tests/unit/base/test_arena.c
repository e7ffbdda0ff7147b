/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "test.h"

#include <string.h>

static bool is_zero(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

TEST(allocations_are_aligned_apart_and_all_usable)
{
    struct arena arena;
    char *previous = NULL;

    arena_init(&arena);
    for (size_t size = 1; size < 3000; size += 7) {
        char *block = arena_alloc(&arena, size);

        CHECK_ROW((uintptr_t)block % 16 == 0, "size %zu", size);
        CHECK_ROW(block != previous, "size %zu", size);
        memset(block, 0xAA, size);
        previous = block;
    }
    memset(arena_alloc(&arena, 0), 0, 0);
    CHECK(arena.used >= 3000 / 7 * 1500);
    arena_release(&arena);
    CHECK(arena.used == 0 && arena.chunks == NULL);
}

TEST(a_buffer_serves_first_and_is_not_freed)
{
    char buffer[256];
    struct arena arena;
    char *in, *out;

    arena_init_buffer(&arena, buffer + 1, sizeof(buffer) - 1);
    in = arena_alloc(&arena, 100);
    CHECK(in > buffer && in + 100 <= buffer + sizeof(buffer));
    CHECK(arena.chunks == NULL);
    out = arena_alloc(&arena, 200);
    CHECK(out + 200 <= buffer || out >= buffer + sizeof(buffer));
    CHECK(arena.chunks != NULL);
    arena_release(&arena);
    arena_init_buffer(&arena, buffer + 1, 3); /* too small to be aligned */
    memset(arena_alloc(&arena, 1), 1, 1);
    arena_release(&arena);
}

TEST(an_allocation_larger_than_a_chunk_gets_its_own)
{
    struct arena arena;
    char *large;

    arena_init(&arena);
    large = arena_array(&arena, 3 << 20, 1);
    CHECK(is_zero(large, 3 << 20));
    arena_release(&arena);
}

TEST(the_last_array_grows_in_place_and_others_move)
{
    char buffer[4096];
    struct arena arena;
    uint32_t *first, *grown, *moved;

    arena_init_buffer(&arena, buffer, sizeof(buffer));
    first = arena_grow(&arena, NULL, 0, 5, sizeof(*first));
    CHECK(is_zero((char *)first, 5 * sizeof(*first)));
    for (uint32_t i = 0; i < 5; i++)
        first[i] = i + 1;
    grown = arena_grow(&arena, first, 5, 100, sizeof(*first));
    CHECK(grown == first);
    CHECK(grown[4] == 5 && is_zero((char *)(grown + 5), 95 * sizeof(*first)));
    (void)arena_alloc(&arena, 1);
    moved = arena_grow(&arena, grown, 100, 200, sizeof(*first));
    CHECK(moved != grown);
    CHECK(moved[0] == 1 && moved[4] == 5 && is_zero((char *)(moved + 5), 195 * sizeof(*first)));
    moved = arena_grow(&arena, moved, 200, 20000, sizeof(*first)); /* beyond the buffer */
    CHECK(moved[4] == 5 && moved[19999] == 0);
    arena_release(&arena);
}

TEST(copies_are_equal_and_their_own)
{
    struct arena arena;
    char source[] = "a\0b";
    struct str copy;

    arena_init(&arena);
    copy = arena_str(&arena, (struct str){source, 3});
    source[0] = 'x';
    CHECK_STR(copy, STR("a\0b"));
    CHECK(arena_str(&arena, (struct str){NULL, 0}).len == 0);
    CHECK(strcmp(arena_cstr(&arena, STR("path")), "path") == 0);
    CHECK(strcmp(arena_cstr(&arena, (struct str){NULL, 0}), "") == 0);
    CHECK_STR(arena_join(&arena, STR("a"), STR(""), STR("bc"), ((struct str){NULL, 0})), STR("abc"));
    CHECK_STR(arena_join(&arena, STR("")), STR(""));
    arena_release(&arena);
}

TEST_MAIN()
