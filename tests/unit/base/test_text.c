/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "test.h"

#include <string.h>

TEST(text_grows_piece_by_piece)
{
    struct arena arena;
    struct text text;

    arena_init(&arena);
    text_init(&text, &arena, 1000);
    CHECK_STR(text_str(&text), STR(""));
    text_add(&text, STR("a\0b"));
    text_add(&text, (struct str){NULL, 0});
    text_add_c(&text, " c");
    text_add_char(&text, ' ');
    text_add_uint(&text, 0);
    text_add_char(&text, ' ');
    text_add_uint(&text, UINT64_MAX);
    text_add_char(&text, ' ');
    text_add_int(&text, INT64_MIN);
    text_add_char(&text, ' ');
    text_add_int(&text, INT64_MAX);
    text_addf(&text, " %d %s", 7, "x");
    CHECK_STR(text_str(&text),
              STR("a\0b c 0 18446744073709551615 -9223372036854775808 9223372036854775807 7 x"));
    CHECK(!text.too_long);
    arena_release(&arena);
}

TEST(many_small_additions_keep_what_was_there)
{
    struct arena arena;
    struct text text;

    arena_init(&arena);
    text_init(&text, &arena, 100000);
    for (int i = 0; i < 10000; i++) {
        text_add_char(&text, (char)('a' + i % 26));
        (void)arena_alloc(&arena, 1); /* so that growing has to move it */
    }
    CHECK(text.len == 10000 && !text.too_long);
    for (size_t i = 0; i < text.len; i++)
        CHECK_ROW(text.ptr[i] == (char)('a' + i % 26), "byte %zu", i);
    arena_release(&arena);
}

TEST(the_limit_is_reached_but_never_passed)
{
    struct arena arena;
    struct text text;

    arena_init(&arena);
    text_init(&text, &arena, 5);
    text_add(&text, STR("abc"));
    text_addf(&text, "%s", "de");
    CHECK_STR(text_str(&text), STR("abcde"));
    CHECK(!text.too_long);
    text_add_char(&text, 'f');
    CHECK(text.too_long);
    CHECK_STR(text_str(&text), STR("abcde"));
    text_init(&text, &arena, 5);
    text_add(&text, STR("abcdef"));
    CHECK(text.too_long);
    text_add(&text, STR("a")); /* would fit, but what is missing would go unseen */
    CHECK_STR(text_str(&text), STR(""));
    text_init(&text, &arena, 3);
    text_addf(&text, "%d", 1000);
    CHECK(text.too_long && text.len == 0);
    arena_release(&arena);
}

TEST_MAIN()
