/* SPDX-License-Identifier: Apache-2.0 */
#include "core/image_intent.h"

#include "base/json_read.h"

#include <stdlib.h>

enum { CANONICAL_MAX = 1 << 20 };

static bool read_member(const struct value *entry, struct str name, struct str *ret, bool *ret_has)
{
    const struct value *member = value_find(entry, name);

    *ret_has = member != NULL;
    if (member)
        *ret = value_string(member);
    return !member || value_is_string(member);
}

static bool read_entry(const struct value *value, struct intent_entry *ret)
{
    *ret = (struct intent_entry){.key = value->key, .value = value};
    return value->kind == VALUE_MAP && read_member(value, STR("image"), &ret->image, &ret->has_image) &&
           read_member(value, STR("stored"), &ret->stored, &ret->has_stored) &&
           read_member(value, STR("pullPolicy"), &ret->pull_policy, &ret->has_pull_policy) &&
           read_member(value, STR("setPolicy"), &ret->set_policy, &ret->has_set_policy);
}

static void malformed(struct intent *ret, const char *problem)
{
    ret->state = INTENT_MALFORMED;
    ret->count = 0;
    ret->problem = problem;
}

void intent_parse(struct arena *arena, bool present, struct str text, struct intent *ret)
{
    struct value *map = NULL;
    struct error err;

    *ret = (struct intent){.state = INTENT_ABSENT, .text = text};
    if (!present)
        return;
    if (text.len > INTENT_TEXT_MAX) {
        malformed(ret, "longer than 16 KiB");
        return;
    }
    if (json_read(arena, text, &map, &err) < 0 || map->kind != VALUE_MAP) {
        malformed(ret, "not one JSON object with unique members");
        return;
    }
    ret->state = INTENT_GOOD;
    ret->map = map;
    ret->entries = ARENA_ARRAY(arena, map->count, struct intent_entry);
    for (const struct value *value = map->first; value; value = value->next) {
        if (!read_entry(value, &ret->entries[ret->count++])) {
            malformed(ret, "an entry is not an object of strings");
            return;
        }
    }
}

const struct intent_entry *intent_find(const struct intent *intent, struct str key)
{
    for (size_t i = 0; i < intent->count; i++) {
        if (str_equal(intent->entries[i].key, key))
            return &intent->entries[i];
    }
    return NULL;
}

static bool member_equal(bool has_a, struct str a, bool has_b, struct str b)
{
    return has_a == has_b && (!has_a || str_equal(a, b));
}

bool intent_entry_equal(const struct intent_entry *a, const struct intent_entry *b)
{
    return a && b && member_equal(a->has_image, a->image, b->has_image, b->image) &&
           member_equal(a->has_stored, a->stored, b->has_stored, b->stored) &&
           member_equal(a->has_pull_policy, a->pull_policy, b->has_pull_policy, b->pull_policy) &&
           member_equal(a->has_set_policy, a->set_policy, b->has_set_policy, b->set_policy);
}

/* Members of a map in byte order of their names. */
struct member {
    struct str key;
    struct str text; /* a string, where `value` is NULL */
    const struct value *value;
};

static int compare_members(const void *a, const void *b)
{
    return str_compare(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static void write_value(struct json_writer *w, struct arena *arena, const struct value *value);

static void write_members(struct json_writer *w, struct arena *arena, struct member *members, size_t count)
{
    qsort(members, count, sizeof(*members), compare_members);
    json_map_open(w);
    for (size_t i = 0; i < count; i++) {
        json_key(w, members[i].key);
        if (members[i].value)
            write_value(w, arena, members[i].value);
        else
            json_str(w, members[i].text);
    }
    json_map_close(w);
}

static void write_map(struct json_writer *w, struct arena *arena, const struct value *map)
{
    struct member *members = ARENA_ARRAY(arena, map->count + 1, struct member);
    size_t count = 0;

    for (const struct value *value = map->first; value; value = value->next)
        members[count++] = (struct member){value->key, {NULL, 0}, value};
    write_members(w, arena, members, count);
}

/* Recursion is bounded by what json_read accepted. */
static void write_value(struct json_writer *w, struct arena *arena, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        json_null(w);
        break;
    case VALUE_BOOL:
        json_bool(w, value->boolean);
        break;
    case VALUE_NUMBER:
        json_number_text(w, value->text);
        break;
    case VALUE_STRING:
        json_str(w, value->text);
        break;
    case VALUE_LIST:
        json_list_open(w);
        for (const struct value *item = value->first; item; item = item->next)
            write_value(w, arena, item);
        json_list_close(w);
        break;
    case VALUE_MAP:
        write_map(w, arena, value);
        break;
    }
}

struct str value_canonical(struct arena *arena, const struct value *value)
{
    struct text out;
    struct json_writer w;
    struct error err;

    text_init(&out, arena, CANONICAL_MAX);
    json_writer_init(&w, &out);
    write_value(&w, arena, value);
    /* yajl writes 128 levels; deeper content equals nothing we write. */
    if (json_writer_finish(&w, &err) < 0)
        return (struct str){NULL, 0};
    return text_str(&out);
}

static bool is_ours(struct str name)
{
    static const struct str names[] = {STR_INIT("image"), STR_INIT("stored"), STR_INIT("pullPolicy"),
                                       STR_INIT("setPolicy")};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_equal(names[i], name))
            return true;
    }
    return false;
}

static void write_wish(struct json_writer *w, struct arena *arena, const struct intent_wish *wish)
{
    size_t unknown = wish->unknown ? wish->unknown->count : 0;
    struct member *members = ARENA_ARRAY(arena, unknown + 4, struct member);
    size_t count = 0;

    members[count++] = (struct member){STR("stored"), wish->stored, NULL};
    if (wish->has_image)
        members[count++] = (struct member){STR("image"), wish->image, NULL};
    if (wish->has_policies) {
        members[count++] = (struct member){STR("pullPolicy"), wish->pull_policy, NULL};
        members[count++] = (struct member){STR("setPolicy"), wish->set_policy, NULL};
    }
    for (const struct value *value = unknown ? wish->unknown->first : NULL; value; value = value->next) {
        if (!is_ours(value->key))
            members[count++] = (struct member){value->key, {NULL, 0}, value};
    }
    json_key(w, wish->key);
    write_members(w, arena, members, count);
}

static int compare_wishes(const void *a, const void *b)
{
    return str_compare(((const struct intent_wish *)a)->key, ((const struct intent_wish *)b)->key);
}

struct str intent_format(struct arena *arena, struct intent_wish *wishes, size_t count)
{
    struct text out;
    struct json_writer w;
    struct error err;

    if (count == 0)
        return (struct str){NULL, 0};
    qsort(wishes, count, sizeof(*wishes), compare_wishes);
    text_init(&out, arena, CANONICAL_MAX);
    json_writer_init(&w, &out);
    json_map_open(&w);
    for (size_t i = 0; i < count; i++)
        write_wish(&w, arena, &wishes[i]);
    json_map_close(&w);
    if (json_writer_finish(&w, &err) < 0)
        return (struct str){NULL, 0};
    return text_str(&out);
}
