/* SPDX-License-Identifier: Apache-2.0 */
/* The tree and its places; which documents are accepted is test_json_documents.c's. */
#include "base/json/read.h"
#include "base/text.h"
#include "test.h"

#include <string.h>

TEST(a_tree_keeps_order_kinds_and_texts)
{
    struct arena arena;
    struct value *root = NULL;
    const struct value *member;
    struct error err;

    arena_init(&arena);
    CHECK(json_read(&arena,
                    STR("{\"b\":[1,-2.50e+3],\"\\u0061\":\"\\ud83d\\ude00\\n\",\"c\":null,\"d\":true}"),
                    &root, &err) == 0);
    CHECK(root->kind == VALUE_MAP && root->count == 4);
    member = root->first;
    CHECK_STR(member->key, STR("b"));
    CHECK(member->kind == VALUE_LIST && member->count == 2);
    CHECK_STR(member->first->text, STR("1"));
    CHECK_STR(member->first->next->text, STR("-2.50e+3"));
    CHECK(member->first->next->kind == VALUE_NUMBER && member->first->next->next == NULL);
    member = member->next;
    CHECK_STR(member->key, STR("a"));
    CHECK_STR(member->text, STR("\xF0\x9F\x98\x80\n"));
    CHECK(member->style == VALUE_DOUBLE_QUOTED);
    member = member->next;
    CHECK(member->kind == VALUE_NULL);
    CHECK(member->next->kind == VALUE_BOOL && member->next->boolean && member->next->next == NULL);
    arena_release(&arena);
}

TEST(values_know_their_place)
{
    static const struct str text =
        STR_INIT("\n {\"a\" : \"x\\\"y\",\n  \"b\": [ 10 , {} ],\n\t\"c\":false}\n");
    static const struct {
        const char *path[3];
        struct str source;
        uint32_t line, column;
    } rows[] = {
        {{"a"}, STR_INIT("\"x\\\"y\""), 2, 9},
        {{"b"}, STR_INIT("[ 10 , {} ]"), 3, 8},
        {{"c"}, STR_INIT("false"), 4, 6},
    };
    struct arena arena;
    struct value *root = NULL;
    const struct value *list;
    struct error err;

    arena_init(&arena);
    CHECK(json_read(&arena, text, &root, &err) == 0);
    CHECK_STR(str_slice(text, root->start, root->end), str_trim(text));
    CHECK(root->line == 2 && root->column == 2);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct value *value = value_find(root, str_from_c(rows[i].path[0]));

        CHECK_STR(str_slice(text, value->start, value->end), rows[i].source);
        CHECK_ROW(value->line == rows[i].line && value->column == rows[i].column, "row %zu: %u:%u", i,
                  value->line, value->column);
    }
    list = value_find(root, STR("b"));
    CHECK_STR(str_slice(text, list->first->start, list->first->end), STR("10"));
    CHECK_STR(str_slice(text, list->first->next->start, list->first->next->end), STR("{}"));
    arena_release(&arena);
}

TEST(a_lone_number_ends_with_the_text)
{
    struct arena arena;
    struct value *root = NULL;
    struct error err;

    arena_init(&arena);
    CHECK(json_read(&arena, STR("\n12"), &root, &err) == 0);
    CHECK_STR(root->text, STR("12"));
    CHECK(root->start == 1 && root->end == 3 && root->line == 2 && root->column == 1);
    arena_release(&arena);
}

TEST(messages_say_where_and_never_what)
{
    static const struct {
        struct str text;
        const char *message;
    } rows[] = {
        {STR_INIT(""), "the document is empty"},
        {STR_INIT("{\"secret\":1,\n\"secret\":2}"), "line 2: an object has a member twice"},
        {STR_INIT("\n\n[\"secret\xFF\"]"), "line 3, byte 10: a byte that is not UTF-8"},
        {STR_INIT("[\"\\ud800secret\"]"), "line 1, byte 2: a lone surrogate"},
        {STR_INIT("[\"secret\x01\"]"), "line 1, byte 8: a control character"},
        {STR_INIT("[1e999]"), "line 1: a number too large"},
        {STR_INIT("[]\n\n\"secret"), "line 1: more than white space after the document"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct value *root = NULL;
        struct error err = {.code = ERROR_NONE};

        arena_init(&arena);
        CHECK_ROW(json_read(&arena, rows[i].text, &root, &err) == -1, "row %zu", i);
        CHECK_ROW(err.code == ERROR_INVALID && root == NULL, "row %zu", i);
        CHECK_STR(error_text(&err), str_from_c(rows[i].message));
        arena_release(&arena);
    }
}

static struct str nested(struct arena *arena, size_t depth)
{
    struct text out;

    text_init(&out, arena, 1 << 20);
    for (size_t i = 0; i < depth; i++)
        text_add_char(&out, '[');
    for (size_t i = 0; i < depth; i++)
        text_add_char(&out, ']');
    return text_str(&out);
}

TEST(depth_is_limited)
{
    struct arena arena;
    struct value *root = NULL;
    struct error err;

    arena_init(&arena);
    CHECK(json_read(&arena, nested(&arena, VALUE_DEPTH_MAX), &root, &err) == 0);
    CHECK(json_read(&arena, nested(&arena, VALUE_DEPTH_MAX + 1), &root, &err) == -1);
    CHECK(err.code == ERROR_TOO_LARGE);
    CHECK(json_read_depth(&arena, nested(&arena, 3), 2, &root, &err) == -1);
    CHECK(json_read_depth(&arena, nested(&arena, 2), 2, &root, &err) == 0);
    arena_release(&arena);
}

/* As large as an object's annotations may be; comparing each with each would take minutes. */
TEST(twenty_thousand_members_are_told_apart)
{
    struct arena arena;
    struct value *root = NULL;
    struct text out;
    struct error err;

    arena_init(&arena);
    text_init(&out, &arena, 1 << 20);
    for (int i = 0; i < 20000; i++)
        text_addf(&out, "%c\"k%d\":%d", i ? ',' : '{', i, i);
    text_add_char(&out, '}');
    CHECK(json_read(&arena, text_str(&out), &root, &err) == 0 && root->count == 20000);
    out.len--;
    text_add(&out, STR(",\"k777\":0}"));
    CHECK(json_read(&arena, text_str(&out), &root, &err) == -1);
    arena_release(&arena);
}

TEST_MAIN()
