/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a whole document with json_scan and makes the tree that json_read
 * would make, so that the two can be compared. Without recursion, since the
 * scan goes deeper than a stack under a sanitizer.
 */
#ifndef WEIR_TESTS_JSON_WALK_H
#define WEIR_TESTS_JSON_WALK_H

#include "base/json_scan.h"

static const char *const json_walk_kernels[] = {"portable", "sse2", "avx2", "neon"};

struct json_walk_level {
    struct json_walk_level *up;
    struct value *value;
    struct value **tail;
    bool first;
    struct json_scan_keys keys;
};

static inline struct value *json_walk_scalar(struct json_scan *scan, struct arena *arena,
                                             enum json_scan_kind kind)
{
    struct value *value = ARENA_NEW(arena, struct value);

    switch (kind) {
    case JSON_SCAN_NULL:
        value->kind = VALUE_NULL;
        (void)json_scan_null(scan);
        break;
    case JSON_SCAN_BOOL:
        value->kind = VALUE_BOOL;
        (void)json_scan_bool(scan, &value->boolean);
        break;
    case JSON_SCAN_NUMBER:
        value->kind = VALUE_NUMBER;
        (void)json_scan_number(scan, &value->text);
        break;
    default:
        value->kind = VALUE_STRING;
        (void)json_scan_string(scan, &value->text);
        break;
    }
    return value;
}

/* Where true, the value that is next is skipped and left out of the tree. */
typedef bool json_walk_skips(const struct json_scan *scan);

static inline struct json_walk_level *json_walk_enter(struct json_scan *scan, struct arena *arena,
                                                      struct json_walk_level *up, enum json_scan_kind kind)
{
    struct json_walk_level *level = ARENA_NEW(arena, struct json_walk_level);

    level->up = up;
    level->first = true;
    level->value = ARENA_NEW(arena, struct value);
    level->value->kind = kind == JSON_SCAN_MAP ? VALUE_MAP : VALUE_LIST;
    level->tail = &level->value->first;
    if (kind == JSON_SCAN_MAP)
        (void)json_scan_enter_map(scan, &level->keys);
    else
        (void)json_scan_enter_list(scan);
    return level;
}

static inline bool json_walk_has_more(struct json_scan *scan, struct json_walk_level *level,
                                      struct str *ret_key)
{
    if (level->value->kind == VALUE_MAP)
        return json_scan_member(scan, &level->keys, ret_key);
    return json_scan_element(scan, &level->first);
}

static inline struct value *json_walk(struct json_scan *scan, struct arena *arena, json_walk_skips *skips)
{
    struct json_walk_level root = {.value = ARENA_NEW(arena, struct value)};
    struct json_walk_level *level = &root;
    struct str key = {NULL, 0};

    root.tail = &root.value->first;
    do {
        enum json_scan_kind kind = json_scan_peek(scan);
        struct json_walk_level *inner = NULL;
        struct value *value = NULL;

        if (kind == JSON_SCAN_NONE || (skips && skips(scan)))
            (void)json_scan_skip(scan);
        else if (kind == JSON_SCAN_MAP || kind == JSON_SCAN_LIST)
            value = (inner = json_walk_enter(scan, arena, level, kind))->value;
        else
            value = json_walk_scalar(scan, arena, kind);
        if (value) {
            value->key = key;
            *level->tail = value;
            level->tail = &value->next;
            level->value->count++;
        }
        level = inner ? inner : level;
        key = (struct str){NULL, 0};
        while (level->up && !json_walk_has_more(scan, level, &key))
            level = level->up;
    } while (level->up && !json_scan_failed(scan));
    return root.value->first;
}

static inline bool json_walk_same_node(const struct value *a, const struct value *b)
{
    return a->kind == b->kind && a->boolean == b->boolean && a->count == b->count &&
           str_equal(a->key, b->key) && str_equal(a->text, b->text);
}

/* The same kinds, members in their order, texts and booleans. */
static inline bool json_walk_same(struct arena *arena, const struct value *a, const struct value *b)
{
    struct pair {
        struct pair *up;
        const struct value *a, *b;
    } *todo = ARENA_NEW(arena, struct pair);

    *todo = (struct pair){NULL, a, b};
    while (todo) {
        struct pair at = *todo;

        if (!at.a || !at.b) {
            if (at.a || at.b)
                return false;
            todo = todo->up;
            continue;
        }
        if (!json_walk_same_node(at.a, at.b))
            return false;
        *todo = (struct pair){at.up, at.a->next, at.b->next};
        if (at.a->first || at.b->first) {
            struct pair *inner = ARENA_NEW(arena, struct pair);

            *inner = (struct pair){todo, at.a->first, at.b->first};
            todo = inner;
        }
    }
    return true;
}

#endif
