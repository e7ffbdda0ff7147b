/* SPDX-License-Identifier: Apache-2.0 */
#include "base/value.h"

#include "base/json/read.h"
#include "test.h"

#include <string.h>

static const struct value *read(struct arena *arena, struct str text)
{
    struct value *root = NULL;
    struct error err;

    if (json_read(arena, text, &root, &err) != 0)
        CHECK_ROW(false, "%s", err.text);
    return root;
}

TEST(members_are_found_by_name_and_path)
{
    struct arena arena;
    const struct value *root;

    arena_init(&arena);
    root = read(&arena, STR("{\"a\":{\"b\":\"x\",\"\":1},\"A\":[],\"c\":null}"));
    CHECK_STR(value_string(value_path(root, "a", "b", NULL)), STR("x"));
    CHECK(value_path(root, "a", "c", NULL) == NULL);
    CHECK(value_path(root, "a", "b", "c", NULL) == NULL);
    CHECK(value_path(root, NULL) == root);
    CHECK(value_path(NULL, "a", NULL) == NULL);
    CHECK(value_find(root, STR("c"))->kind == VALUE_NULL);
    CHECK(value_find(root, STR("A"))->kind == VALUE_LIST);
    CHECK(value_find(value_find(root, STR("A")), STR("a")) == NULL);
    CHECK(value_find(value_find(root, STR("a")), STR(""))->kind == VALUE_NUMBER);
    arena_release(&arena);
}

TEST(without_case_the_last_member_wins)
{
    struct arena arena;
    const struct value *root;

    arena_init(&arena);
    root = read(&arena, STR("{\"auths\":\"1\",\"Auths\":\"2\",\"other\":\"3\"}"));
    CHECK_STR(value_string(value_find_nocase(root, STR("AUTHS"))), STR("2"));
    CHECK(value_find_nocase(root, STR("none")) == NULL);
    CHECK(value_find_nocase(NULL, STR("none")) == NULL);
    arena_release(&arena);
}

TEST(what_is_no_string_has_the_empty_text)
{
    struct arena arena;
    const struct value *root;

    arena_init(&arena);
    root = read(&arena, STR("[1,\"s\"]"));
    CHECK(!value_is_string(root->first) && value_is_string(root->first->next) && !value_is_string(NULL));
    CHECK_STR(value_string(root->first), STR(""));
    CHECK_STR(value_string(NULL), STR(""));
    CHECK(strcmp(value_kind_name(VALUE_NULL), "null") == 0);
    CHECK(strcmp(value_kind_name(VALUE_MAP), "a map") == 0);
    arena_release(&arena);
}

TEST_MAIN()
