/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/tree.h"

enum { NAME_QUOTE_MAX = 100 };

int yaml_tree_fail(struct yaml_tree *tree, const struct value *value, enum error_code code, const char *what)
{
    return error_set(tree->err, code, "line %u, column %u: %s", value->line, value->column, what);
}

static int fail_name(struct yaml_tree *tree, const struct value *value, const char *what, struct str name)
{
    return error_set(tree->err, ERROR_INVALID, "line %u, column %u: %s \"" STR_FMT "\"", value->line,
                     value->column, what, STR_ARG(str_slice(name, 0, NAME_QUOTE_MAX)));
}

static int count_nodes(struct yaml_tree *tree, const struct value *value, size_t count)
{
    if (count > VALUE_NODES_MAX - tree->nodes)
        return yaml_tree_fail(tree, value, ERROR_TOO_LARGE, "too many values, aliases expanded");
    tree->nodes += count;
    return 0;
}

static int add_anchor(struct yaml_tree *tree, struct value *value, struct str name, struct yaml_anchor **ret)
{
    *ret = name.len > 0 ? yaml_anchors_add(&tree->anchors, tree->arena, name, value) : NULL;
    if (name.len > 0 && !*ret)
        return yaml_tree_fail(tree, value, ERROR_TOO_LARGE, "too many anchors in one document");
    return 0;
}

/* A node that stands where a key should. */
static int take_key(struct yaml_tree *tree, const struct value *value, bool is_plain)
{
    struct yaml_level *level = &tree->levels[tree->depth - 1];

    if (value->kind == VALUE_NULL || value->kind == VALUE_LIST || value->kind == VALUE_MAP)
        return yaml_tree_fail(tree, value, ERROR_INVALID, "a key that is not text");
    level->has_key = true;
    level->key = value->text;
    level->is_merge = is_plain && str_equal(value->text, STR("<<"));
    if (value->kind == VALUE_BOOL)
        level->key = value->boolean ? STR("true") : STR("false");
    if (level->is_merge && level->merge)
        return fail_name(tree, value, "duplicate key", level->key);
    return 0;
}

static void link_child(struct yaml_level *level, struct value *value)
{
    *level->tail = value;
    level->tail = &value->next;
    level->value->count++;
}

/* Puts a node where it belongs: it is the document, an element, a key or a member. */
static int append(struct yaml_tree *tree, struct value *value, size_t height, bool is_plain)
{
    struct yaml_level *level;

    if (tree->depth + height > VALUE_DEPTH_MAX)
        return yaml_tree_fail(tree, value, ERROR_TOO_LARGE, "nested too deeply");
    if (tree->depth == 0) {
        tree->root = value;
        return 0;
    }
    level = &tree->levels[tree->depth - 1];
    if (height + 1 > level->height)
        level->height = height + 1;
    if (level->value->kind == VALUE_MAP && !level->has_key)
        return take_key(tree, value, is_plain);
    level->has_key = false;
    if (level->is_merge) {
        level->is_merge = false;
        level->merge = value;
        return 0;
    }
    value->key = level->key;
    link_child(level, value);
    return 0;
}

int yaml_tree_scalar(struct yaml_tree *tree, struct value *value, struct str anchor_name, bool is_plain)
{
    struct yaml_anchor *anchor;

    if (count_nodes(tree, value, 1) < 0 || add_anchor(tree, value, anchor_name, &anchor) < 0)
        return -1;
    if (anchor)
        anchor->open = false;
    return append(tree, value, 0, is_plain);
}

int yaml_tree_open(struct yaml_tree *tree, struct value *value, struct str anchor_name)
{
    size_t nodes = tree->nodes;
    struct yaml_anchor *anchor;

    if (count_nodes(tree, value, 1) < 0 || add_anchor(tree, value, anchor_name, &anchor) < 0 ||
        append(tree, value, 1, false) < 0)
        return -1;
    tree->levels[tree->depth++] = (struct yaml_level){
        .value = value, .tail = &value->first, .anchor = anchor, .nodes = nodes, .height = 1};
    return 0;
}

int yaml_tree_alias(struct yaml_tree *tree, struct value *value, struct str name)
{
    const struct yaml_anchor *anchor = yaml_anchors_find(&tree->anchors, name);
    struct value place = *value;

    if (!anchor)
        return fail_name(tree, value, "unknown anchor", name);
    if (anchor->open)
        return fail_name(tree, value, "an alias inside its own anchor", name);
    if (count_nodes(tree, value, anchor->weight) < 0)
        return -1;
    *value = *anchor->value;
    value->style = VALUE_PLAIN;
    value->next = NULL;
    value->key = (struct str){NULL, 0};
    value->start = place.start;
    value->end = place.end;
    value->line = place.line;
    value->column = place.column;
    return append(tree, value, anchor->height, false);
}

static int merge_map(struct yaml_tree *tree, struct yaml_level *level, const struct value *map)
{
    for (const struct value *member = map->first; member; member = member->next) {
        struct value *copy = ARENA_NEW(tree->arena, struct value);

        *copy = *member;
        copy->next = NULL;
        if (!member_keys_put(&tree->keys, copy))
            continue;
        if (count_nodes(tree, level->merge, 1) < 0)
            return -1;
        link_child(level, copy);
    }
    return 0;
}

/* How many members `<<` may bring; false where its value is neither a map nor a list of maps. */
static bool count_merge(const struct value *merge, size_t *ret)
{
    *ret = merge->kind == VALUE_MAP ? merge->count : 0;
    for (const struct value *map = merge->first; map && merge->kind == VALUE_LIST; map = map->next) {
        if (map->kind != VALUE_MAP)
            return false;
        *ret += map->count;
    }
    return merge->kind == VALUE_MAP || merge->kind == VALUE_LIST;
}

/* What the map says itself comes before what is merged in; of several maps the first comes first. */
static int end_map(struct yaml_tree *tree, struct yaml_level *level)
{
    const struct value *merge = level->merge;
    size_t merged = 0;

    if (merge && !count_merge(merge, &merged))
        return yaml_tree_fail(tree, merge, ERROR_INVALID,
                              "the value of \"<<\" is not a map or a list of maps");
    member_keys_reset(&tree->keys, level->value->count + merged);
    for (const struct value *member = level->value->first; member; member = member->next) {
        if (!member_keys_put(&tree->keys, member))
            return fail_name(tree, member, "duplicate key", member->key);
    }
    if (merge && merge->kind == VALUE_MAP)
        return merge_map(tree, level, merge);
    for (const struct value *map = merge ? merge->first : NULL; map; map = map->next) {
        if (merge_map(tree, level, map) < 0)
            return -1;
    }
    return 0;
}

int yaml_tree_close(struct yaml_tree *tree, size_t end)
{
    struct yaml_level *level = &tree->levels[--tree->depth];
    struct yaml_level *outer = tree->depth > 0 ? &tree->levels[tree->depth - 1] : NULL;

    level->value->end = end;
    if (level->value->kind == VALUE_MAP && end_map(tree, level) < 0)
        return -1;
    if (level->anchor && level->anchor->value == level->value) {
        level->anchor->open = false;
        level->anchor->weight = tree->nodes - level->nodes;
        level->anchor->height = level->height;
    }
    if (outer && level->height + 1 > outer->height)
        outer->height = level->height + 1;
    return 0;
}

struct value *yaml_tree_take(struct yaml_tree *tree)
{
    struct value *root = tree->root;

    tree->root = NULL;
    yaml_anchors_clear(&tree->anchors);
    return root;
}

void yaml_tree_release(struct yaml_tree *tree)
{
    member_keys_release(&tree->keys);
}
