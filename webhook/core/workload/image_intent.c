/* SPDX-License-Identifier: Apache-2.0 */
#include "core/workload/image_intent.h"

#include "base/json/read.h"
#include "base/json/text.h"
#include "base/plain_run.h"

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

static void parse_present(struct arena *arena, struct str text, struct intent *ret)
{
    struct value *map = NULL;
    struct error err;

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

void image_intent_parse(struct arena *arena, bool present, struct str text, struct intent *ret)
{
    *ret = (struct intent){.state = INTENT_ABSENT, .text = text};
    if (present)
        parse_present(arena, text, ret);
}

const struct intent_entry *image_intent_find(const struct intent *intent, struct str key)
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

bool image_intent_entry_equal(const struct intent_entry *a, const struct intent_entry *b)
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

static void write_value(struct text *out, const struct value *value);

static void write_members(struct text *out, struct member *members, size_t count)
{
    qsort(members, count, sizeof(*members), compare_members);
    for (size_t i = 0; i < count; i++) {
        text_add(out, i ? STR(",") : STR("{"));
        json_text_string(out, members[i].key);
        json_text_literal(out, ":");
        if (members[i].value)
            write_value(out, members[i].value);
        else
            json_text_string(out, members[i].text);
    }
    text_add(out, count ? STR("}") : STR("{}"));
}

static void write_map(struct text *out, const struct value *map)
{
    struct member *members = ARENA_ARRAY(out->arena, map->count + 1, struct member);
    size_t count = 0;

    for (const struct value *value = map->first; value; value = value->next)
        members[count++] = (struct member){value->key, {NULL, 0}, value};
    write_members(out, members, count);
}

static void write_list(struct text *out, const struct value *list)
{
    json_text_literal(out, "[");
    for (const struct value *item = list->first; item; item = item->next) {
        write_value(out, item);
        if (item->next)
            json_text_literal(out, ",");
    }
    json_text_literal(out, "]");
}

/* Recursion is bounded by what json_read accepted. */
static void write_value(struct text *out, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        json_text_literal(out, "null");
        break;
    case VALUE_BOOL:
        text_add(out, value->boolean ? STR("true") : STR("false"));
        break;
    case VALUE_NUMBER:
        text_add(out, value->text);
        break;
    case VALUE_STRING:
        json_text_string(out, value->text);
        break;
    case VALUE_LIST:
        write_list(out, value);
        break;
    case VALUE_MAP:
        write_map(out, value);
        break;
    }
}

struct str image_intent_canonical(struct arena *arena, const struct value *value)
{
    struct text out;

    text_init(&out, arena, CANONICAL_MAX);
    write_value(&out, value);
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

static void write_wish(struct text *out, const struct intent_wish *wish)
{
    const struct value *unknown = wish->unknown ? wish->unknown->first : NULL;
    size_t room = wish->unknown ? wish->unknown->count : 0;
    struct member *members = ARENA_ARRAY(out->arena, room + 4, struct member);
    size_t count = 0;

    members[count++] = (struct member){STR("stored"), wish->stored, NULL};
    if (wish->has_image)
        members[count++] = (struct member){STR("image"), wish->image, NULL};
    if (wish->has_policies) {
        members[count++] = (struct member){STR("pullPolicy"), wish->pull_policy, NULL};
        members[count++] = (struct member){STR("setPolicy"), wish->set_policy, NULL};
    }
    for (const struct value *value = unknown; value; value = value->next) {
        if (!is_ours(value->key))
            members[count++] = (struct member){value->key, {NULL, 0}, value};
    }
    write_members(out, members, count);
}

static int compare_wishes(const void *a, const void *b)
{
    return str_compare(((const struct intent_wish *)a)->key, ((const struct intent_wish *)b)->key);
}

/* Most stand in order already: containers tend to be named so, or there is one. */
static void sort_wishes(struct intent_wish *wishes, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (compare_wishes(&wishes[i - 1], &wishes[i]) > 0) {
            qsort(wishes, count, sizeof(*wishes), compare_wishes);
            return;
        }
    }
}

struct str image_intent_format(struct arena *arena, struct intent_wish *wishes, size_t count,
                               size_t *ret_held)
{
    struct text out;
    size_t held = 0;

    *ret_held = 0;
    if (count == 0)
        return (struct str){NULL, 0};
    sort_wishes(wishes, count);
    text_init_sized(&out, arena, CANONICAL_MAX, count * 320);
    for (size_t i = 0; i < count; i++) {
        size_t before = out.len;

        text_add(&out, held ? STR(",") : STR("{"));
        json_text_string(&out, wishes[i].key);
        json_text_literal(&out, ":");
        write_wish(&out, &wishes[i]);
        if (out.len < INTENT_TEXT_MAX)
            held++;
        else
            out.len = before;
    }
    if (held == 0)
        return (struct str){NULL, 0};
    *ret_held = held;
    json_text_literal(&out, "}");
    return text_str(&out);
}

/* Within a string that is quoted already; false where that is not all. */
static bool add_plain(struct text *out, struct str s)
{
    char *room = text_reserve(out, s.len);

    if (!room || plain_run_copy(room, s, false) < s.len)
        return false;
    out->len += s.len;
    return true;
}

static bool quote_wish(struct text *out, const struct intent_wish *wish)
{
    bool plain = !wish->unknown;

    json_text_literal(out, "\\\"");
    plain = plain && add_plain(out, wish->key);
    json_text_literal(out, "\\\":{");
    if (wish->has_image) {
        json_text_literal(out, "\\\"image\\\":\\\"");
        plain = plain && add_plain(out, wish->image);
        json_text_literal(out, "\\\",");
    }
    if (wish->has_policies) {
        json_text_literal(out, "\\\"pullPolicy\\\":\\\"");
        plain = plain && add_plain(out, wish->pull_policy);
        json_text_literal(out, "\\\",\\\"setPolicy\\\":\\\"");
        plain = plain && add_plain(out, wish->set_policy);
        json_text_literal(out, "\\\",");
    }
    json_text_literal(out, "\\\"stored\\\":\\\"");
    plain = plain && add_plain(out, wish->stored);
    json_text_literal(out, "\\\"}");
    return plain;
}

bool image_intent_format_quoted(struct arena *arena, struct intent_wish *wishes, size_t count,
                                struct str *ret)
{
    struct text out;

    sort_wishes(wishes, count);
    text_init_sized(&out, arena, INTENT_TEXT_MAX, 64 + count * 384);
    json_text_literal(&out, "\"{");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            json_text_literal(&out, ",");
        if (!quote_wish(&out, &wishes[i]))
            return false;
    }
    json_text_literal(&out, "}\"");
    *ret = text_str(&out);
    return count > 0 && !out.too_long;
}
