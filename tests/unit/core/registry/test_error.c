/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/error.h"

#include "base/text.h"
#include "base/utf8.h"

#include "test.h"

TEST(tells_code_and_message_and_nothing_else)
{
    static const struct {
        const char *body, *words;
    } rows[] = {
        {"{\"errors\":[{\"code\":\"DENIED\",\"message\":\"requested item is "
         "quarantined\",\"detail\":{\"a\":1}}]}",
         "DENIED: requested item is quarantined"},
        {"{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}", "MANIFEST_UNKNOWN"},
        {"{\"errors\":[{\"message\":\"no\"}]}", "no"},
        {"{\"errors\":[{\"code\":\"\",\"message\":\"\"},null,{\"code\":\"B\",\"message\":null},{\"code\":"
         "\"C\"}]}",
         "B"},
        {"{\"errors\":[{\"code\":403,\"message\":\"m\"}]}", "m"},
        {"{\"errors\":[{\"code\":\"A\",\"message\":\" two\\r\\n\\t lines \"}]}", "A: two lines"},
        {"{\"errors\":[{\"code\":\"A\",\"message\":\"\\u001b[31mred\\u0000\\u007f\\u009b\"}]}",
         "A: ?[31mred???"},
        {"{\"errors\":[{\"code\":\"A\",\"message\":\"\\u202e\\u200b\\ufeffx\\u2028\"}]}", "A: ???x?"},
        {"{\"errors\":[{\"code\":\"A\",\"message\":\"\\u6ce8\\u610f \\ud83d\\ude00\"}]}",
         "A: \xe6\xb3\xa8\xe6\x84\x8f \xf0\x9f\x98\x80"},
        {"", ""},
        {"no JSON", ""},
        {"<html>", ""},
        {"{\"errors\":[{\"code\":\"A\"}]", ""},
        {"{\"errors\":[{\"code\":\"A\",\"message\":\"\x1b\"}]}", ""},
        {"{\"errors\":[{\"code\":\"A\",\"message\":\"\xff\"}]}", ""},
        {"[]", ""},
        {"{\"errors\":{\"code\":\"A\"}}", ""},
        {"{\"errors\":[]}", ""},
        {"{\"errors\":[\"A\"]}", ""},
        {"{\"message\":\"secret\"}", ""},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(registry_error_words(&arena, str_from_c(rows[i].body)), str_from_c(rows[i].words));
    arena_release(&arena);
}

/* {"errors":[{"code":"X","message":"<times>"}]} */
static struct str words_of(struct arena *arena, const char *piece, size_t times)
{
    struct text body;

    text_init(&body, arena, 1 << 20);
    text_add_c(&body, "{\"errors\":[{\"code\":\"X\",\"message\":\"");
    for (size_t i = 0; i < times; i++)
        text_add_c(&body, piece);
    text_add_c(&body, "\"}]}");
    return registry_error_words(arena, text_str(&body));
}

TEST(words_are_bounded_and_whole_characters)
{
    static const char *const pieces[] = {
        "x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "a\xf0\x9f\x98\x80", " y"};
    struct arena arena;

    arena_init(&arena);
    CHECK(words_of(&arena, "x", REGISTRY_ERROR_WORDS_MAX - 3).len == REGISTRY_ERROR_WORDS_MAX);
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        for (size_t times = 30; times < 200; times++) {
            struct str words = words_of(&arena, pieces[i], times);

            CHECK(words.len <= REGISTRY_ERROR_WORDS_MAX && utf8_valid(words));
            CHECK(str_ends(words, STR("…")) ==
                  (3 + times * strlen(pieces[i]) - (pieces[i][0] == ' ') > REGISTRY_ERROR_WORDS_MAX));
        }
    }
    CHECK(words_of(&arena, "long ", 50000).len <= REGISTRY_ERROR_WORDS_MAX);
    arena_release(&arena);
}

TEST_MAIN()
