/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a whole document with json_scan and makes the tree that json_read
 * would make, so that the two can be compared. Without recursion, since the
 * scan goes deeper than a stack under a sanitizer.
 */
#ifndef WEIR_TESTS_JSON_WALK_H
#define WEIR_TESTS_JSON_WALK_H

#include "base/json/scan.h"
#include "base/value.h"

static const char *const json_walk_kernels[] = {"portable", "sse2", "avx2", "neon"};

struct json_walk_level {
    struct json_walk_level *up;
    struct value *value;
    struct value **tail;
    bool first;
    struct json_keys keys;
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

/* Reading by wanted members: a few short names, some with a place for a string. */

enum { JSON_WALK_PLACES = 4, JSON_WALK_WANTED_DEPTH = 64 };

#define JSON_WALK_PLACE(i) ((i) * sizeof(struct str))
#define JSON_WALK_NAMES(X)                                                                                   \
    X(JSON_WALK_A, "a", JSON_WALK_PLACE(0))                                                                  \
    X(JSON_WALK_NAME, "name", JSON_WALK_PLACE(1))                                                            \
    X(JSON_WALK_SPEC, "spec", JSON_SCAN_ASK)                                                                 \
    X(JSON_WALK_CONTAINERS, "containers", JSON_SCAN_ASK)                                                     \
    X(JSON_WALK_IMAGE, "image", JSON_WALK_PLACE(2))                                                          \
    X(JSON_WALK_B, "bc", JSON_SCAN_ASK)                                                                      \
    X(JSON_WALK_LONG, "alpha.image.policy.openshift.io/resolve-names", JSON_WALK_PLACE(3))
JSON_SCAN_WANTED(json_walk_wanted, JSON_WALK_NAMES);

static inline void json_walk_append(struct value *parent, struct value ***tail, struct str key,
                                    struct value *child)
{
    child->key = key;
    child->next = NULL;
    **tail = child;
    *tail = &child->next;
    parent->count++;
}

static inline struct value *json_walk_text(struct arena *arena, struct str text)
{
    struct value *value = ARENA_NEW(arena, struct value);

    value->kind = VALUE_STRING;
    value->text = text;
    return value;
}

static inline struct value *json_walk_by_wanted(struct json_scan *scan, struct arena *arena, unsigned depth);

static inline void json_walk_wanted_map(struct json_scan *scan, struct arena *arena, unsigned depth,
                                        struct value *ret)
{
    struct str places[JSON_WALK_PLACES] = {{NULL, 0}};
    struct value **tail = &ret->first;
    struct json_scan_map map;
    int index;

    if (!json_scan_open(scan, &json_walk_wanted, places, &map))
        return;
    while ((index = json_scan_next(scan, &map)) != JSON_SCAN_END)
        json_walk_append(ret, &tail, json_walk_wanted.fields[index].name,
                         json_walk_by_wanted(scan, arena, depth + 1));
    for (size_t i = 0; i < json_walk_wanted.count; i++) {
        const struct json_scan_field *field = &json_walk_wanted.fields[i];

        if (field->offset != JSON_SCAN_ASK && places[field->offset / sizeof(struct str)].ptr)
            json_walk_append(ret, &tail, field->name,
                             json_walk_text(arena, places[field->offset / sizeof(struct str)]));
    }
}

/* What is asked for in maps, wherever maps and lists lead; whatever else there is becomes null. */
static inline struct value *json_walk_by_wanted(struct json_scan *scan, struct arena *arena, unsigned depth)
{
    struct value *ret = ARENA_NEW(arena, struct value);
    enum json_scan_kind kind = json_scan_peek(scan);
    struct value **tail = &ret->first;
    bool first = true;

    ret->kind = VALUE_NULL;
    if (depth >= JSON_WALK_WANTED_DEPTH || kind < JSON_SCAN_LIST) {
        (void)json_scan_skip(scan);
        return ret;
    }
    ret->kind = kind == JSON_SCAN_MAP ? VALUE_MAP : VALUE_LIST;
    if (kind == JSON_SCAN_MAP) {
        json_walk_wanted_map(scan, arena, depth, ret);
        return ret;
    }
    (void)json_scan_enter_list(scan);
    while (json_scan_element(scan, &first))
        json_walk_append(ret, &tail, (struct str){NULL, 0}, json_walk_by_wanted(scan, arena, depth + 1));
    return ret;
}

static inline bool json_walk_is_placed(const struct json_scan_field *field, const struct value *member)
{
    return field->offset != JSON_SCAN_ASK && member->kind == VALUE_STRING;
}

static inline const struct value *json_walk_find(const struct value *map, struct str key)
{
    for (const struct value *member = map->first; member; member = member->next) {
        if (str_equal(member->key, key))
            return member;
    }
    return NULL;
}

/* The same out of a tree that was read whole. */
static inline struct value *json_walk_prune(struct arena *arena, const struct value *whole, unsigned depth)
{
    struct value *ret = ARENA_NEW(arena, struct value);
    struct value **tail = &ret->first;

    ret->kind = VALUE_NULL;
    if (depth >= JSON_WALK_WANTED_DEPTH || (whole->kind != VALUE_MAP && whole->kind != VALUE_LIST))
        return ret;
    ret->kind = whole->kind;
    for (const struct value *member = whole->first; member; member = member->next) {
        const struct json_scan_field *field = NULL;

        for (size_t i = 0; whole->kind == VALUE_MAP && i < json_walk_wanted.count; i++) {
            if (str_equal(json_walk_wanted.fields[i].name, member->key))
                field = &json_walk_wanted.fields[i];
        }
        if (whole->kind == VALUE_LIST || (field && !json_walk_is_placed(field, member)))
            json_walk_append(ret, &tail, member->key, json_walk_prune(arena, member, depth + 1));
    }
    for (size_t i = 0; whole->kind == VALUE_MAP && i < json_walk_wanted.count; i++) {
        const struct json_scan_field *field = &json_walk_wanted.fields[i];
        const struct value *member = json_walk_find(whole, field->name);

        if (member && json_walk_is_placed(field, member))
            json_walk_append(ret, &tail, field->name, json_walk_text(arena, member->text));
    }
    return ret;
}

#endif
