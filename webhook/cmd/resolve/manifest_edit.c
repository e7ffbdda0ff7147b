/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/resolve/manifest_edit.h"

#include "base/character.h"

#include <stdlib.h>

void manifest_edits_init(struct manifest_edits *edits, struct arena *arena, const struct manifest *manifest)
{
    *edits = (struct manifest_edits){.arena = arena, .manifest = manifest};
}

static int cannot(const struct manifest_edits *edits, const struct value *at, const char *why,
                  struct error *err)
{
    return error_set(err, ERROR_INVALID, "%s:%u:%u: %s", edits->manifest->name, at->line, at->column, why);
}

/* No other node's text can begin with '*' and be plain. */
static bool is_alias(struct str text, const struct value *node)
{
    return node->style == VALUE_PLAIN && node->start < node->end && text.ptr[node->start] == '*';
}

static bool is_anchor_char(char c)
{
    return char_is_alphanumeric(c) || c == '-' || c == '_';
}

static size_t skip_space_back(struct str text, size_t at)
{
    while (at > 0 && char_is_space(text.ptr[at - 1]))
        at--;
    return at;
}

/* The name of the anchor before the node that begins at `at`: the properties there are "&name" and a tag. */
static struct str anchor_before(struct str text, size_t at)
{
    size_t end = skip_space_back(text, at);
    size_t start = end;

    while (start > 0 && is_anchor_char(text.ptr[start - 1]))
        start--;
    if (start > 0 && text.ptr[start - 1] == '&')
        return str_slice(text, start, end);
    /* a tag may stand between the two */
    start = end;
    while (start > 0 && !char_is_space(text.ptr[start - 1]))
        start--;
    return start < end && text.ptr[start] == '!' ? anchor_before(text, start) : STR("");
}

struct anchored_scalar {
    struct str name;
    const struct value *node;
};

static int compare_anchored(const void *a, const void *b)
{
    const struct anchored_scalar *x = a;
    const struct anchored_scalar *y = b;
    int order = str_compare(x->name, y->name);

    return order ? order : (x->node->start > y->node->start) - (x->node->start < y->node->start);
}

static void add_anchored(struct manifest_edits *edits, const struct value *node)
{
    struct anchored_scalars *anchored = &edits->anchored;
    struct str name = anchor_before(edits->manifest->text, node->start);

    if (name.len == 0)
        return;
    if (anchored->count == anchored->size) {
        size_t size = anchored->size ? anchored->size * 2 : 16;

        anchored->items =
            arena_grow(edits->arena, anchored->items, anchored->count, size, sizeof(*anchored->items));
        anchored->size = size;
    }
    anchored->items[anchored->count++] = (struct anchored_scalar){name, node};
}

/* What is below an alias was seen where it is anchored. */
static void collect_anchored(struct manifest_edits *edits, const struct value *node)
{
    if (is_alias(edits->manifest->text, node))
        return;
    if (node->kind == VALUE_STRING)
        add_anchored(edits, node);
    for (const struct value *child = node->first; child; child = child->next)
        collect_anchored(edits, child);
}

static void index_anchored(struct manifest_edits *edits, const struct value *root)
{
    struct anchored_scalars *anchored = &edits->anchored;

    if (anchored->root == root)
        return;
    anchored->root = root;
    anchored->count = 0;
    collect_anchored(edits, root);
    if (anchored->count > 0)
        qsort(anchored->items, anchored->count, sizeof(*anchored->items), compare_anchored);
}

/* A later anchor of a name takes the earlier one's place: the last before the alias. */
static const struct value *find_anchored(const struct anchored_scalars *anchored, const struct value *alias,
                                         struct str name)
{
    struct anchored_scalar key = {name, alias};
    size_t low = 0;
    size_t high = anchored->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_anchored(&anchored->items[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && str_equal(anchored->items[low - 1].name, name) ? anchored->items[low - 1].node : NULL;
}

/* The node whose bytes are to be changed. */
static const struct value *find_target(struct manifest_edits *edits, const struct value *node,
                                       const struct value *root)
{
    struct str text = edits->manifest->text;

    if (!is_alias(text, node))
        return node;
    index_anchored(edits, root);
    return find_anchored(&edits->anchored, node, str_slice(text, node->start + 1, node->end));
}

/* What may stand unquoted anywhere: references but for those at an IPv6 address. */
static bool plain_is_legal(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_anchor_char(text.ptr[i]) && !(i > 0 && str_find(STR(".:/@"), text.ptr[i]) < 4))
            return false;
    }
    return text.len > 0 && text.ptr[0] != '-' && text.ptr[text.len - 1] != ':';
}

/* The one line of a block scalar, without its indentation; empty where there is not just one. */
static struct text_edit block_line(struct str text, const struct value *node)
{
    struct text_edit edit = {.start = node->start};

    while (edit.start < node->end && text.ptr[edit.start] != '\n')
        edit.start++;
    while (edit.start < node->end && char_is_space(text.ptr[edit.start]))
        edit.start++;
    edit.end = edit.start + node->text.len;
    if (edit.end > node->end || !str_equal(str_slice(text, edit.start, edit.end), node->text))
        edit.end = edit.start;
    return edit;
}

static int plan_edit(struct manifest_edits *edits, const struct value *node, struct str text,
                     struct text_edit *ret, struct error *err)
{
    struct text_edit edit = {node->start, node->end, text};

    switch (node->style) {
    case VALUE_PLAIN:
        if (plain_is_legal(text))
            break;
        /* fall through */
    case VALUE_DOUBLE_QUOTED:
        edit.replacement = arena_join(edits->arena, STR("\""), text, STR("\""));
        break;
    case VALUE_SINGLE_QUOTED:
        edit.replacement = arena_join(edits->arena, STR("'"), text, STR("'"));
        break;
    case VALUE_LITERAL:
    case VALUE_FOLDED:
        edit = block_line(edits->manifest->text, node);
        edit.replacement = text;
        if (edit.start == edit.end)
            return cannot(edits, node, "an image over several lines cannot be rewritten in place", err);
        break;
    }
    *ret = edit;
    return 0;
}

static void add_use(struct manifest_edits *edits, const struct scalar_use *use)
{
    if (edits->use_count == edits->use_size) {
        size_t size = edits->use_size ? edits->use_size * 2 : 16;

        edits->uses = arena_grow(edits->arena, edits->uses, edits->use_count, size, sizeof(*edits->uses));
        edits->use_size = size;
    }
    edits->uses[edits->use_count++] = *use;
}

int manifest_edits_add(struct manifest_edits *edits, const struct manifest_workload *workload,
                       struct str pointer, struct str text, struct error *err)
{
    const struct value *root = edits->manifest->documents.items[workload->document];
    struct scalar_use use = {.node = value_at_pointer(workload->object, pointer), .text = text};

    if (!use.node || use.node->kind != VALUE_STRING)
        return error_set(err, ERROR_INVALID, "%s: nothing to rewrite at \"" STR_FMT "\"",
                         edits->manifest->name, STR_ARG(pointer));
    use.target = find_target(edits, use.node, root);
    if (!use.target)
        return cannot(edits, use.node,
                      "the image is an alias of something that is no value and cannot be rewritten", err);
    if (plan_edit(edits, use.target, text, &use.edit, err) < 0)
        return -1;
    add_use(edits, &use);
    return 0;
}

static int compare_edits(const void *a, const void *b)
{
    const struct text_edit *x = &((const struct scalar_use *)a)->edit;
    const struct text_edit *y = &((const struct scalar_use *)b)->edit;

    return (x->start > y->start) - (x->start < y->start);
}

static int compare_nodes(const void *a, const void *b)
{
    const struct value *x = ((const struct scalar_use *)a)->node;
    const struct value *y = ((const struct scalar_use *)b)->node;

    return (x->start > y->start) - (x->start < y->start);
}

/* Several uses of one anchor are one edit. */
static int merge_edits(struct manifest_edits *edits, struct error *err)
{
    edits->edits = ARENA_ARRAY(edits->arena, edits->use_count, struct text_edit);
    qsort(edits->uses, edits->use_count, sizeof(*edits->uses), compare_edits);
    for (size_t i = 0; i < edits->use_count; i++) {
        const struct scalar_use *use = &edits->uses[i];
        const struct text_edit *last = edits->count > 0 ? &edits->edits[edits->count - 1] : NULL;

        if (!last || last->start != use->edit.start)
            edits->edits[edits->count++] = use->edit;
        else if (!str_equal(last->replacement, use->edit.replacement))
            return cannot(edits, use->target, "an anchored image would have to become two different ones",
                          err);
    }
    return 0;
}

/* How two trees differ: in strings that changed, of which one is remembered, or otherwise. */
struct comparison {
    const struct manifest_edits *edits;
    size_t changed;
    const struct value *unwanted; /* a changed string without an edit */
    bool different;
    bool neutral; /* what changes is no use */
};

/* The first use that has its bytes where this node has; NULL: no edit is there. */
static struct scalar_use *first_use(const struct manifest_edits *edits, const struct value *node)
{
    size_t low = 0;
    size_t high = edits->use_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (edits->uses[middle].node->start < node->start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < edits->use_count && edits->uses[low].node->start == node->start ? &edits->uses[low] : NULL;
}

static void compare_text(struct comparison *comparison, const struct value *before, const struct value *after)
{
    struct scalar_use *use = first_use(comparison->edits, before);

    comparison->changed++;
    if (!use) {
        comparison->unwanted = before;
        return;
    }
    use->changed++;
    comparison->different = comparison->different || !str_equal(after->text, use->text);
}

static void compare(struct comparison *comparison, const struct value *before, const struct value *after)
{
    const struct value *a = before->first;
    const struct value *b = after->first;

    if (before->kind != after->kind || before->count != after->count || before->boolean != after->boolean ||
        !str_equal(before->key, after->key)) {
        comparison->different = true;
        return;
    }
    if (!comparison->neutral && !str_equal(before->text, after->text))
        compare_text(comparison, before, after);
    for (; a && b; a = a->next, b = b->next)
        compare(comparison, a, b);
}

/* "x-image: &image …" at the top of a document is only there to be referred to. */
static bool is_extension(const struct value *member)
{
    return str_starts(member->key, STR("x-")) || str_starts(member->key, STR("."));
}

static void compare_documents(struct comparison *comparison, const struct value *before,
                              const struct value *after)
{
    const struct value *a = before->first;
    const struct value *b = after->first;

    if (before->kind != VALUE_MAP || after->kind != VALUE_MAP || before->count != after->count) {
        compare(comparison, before, after);
        return;
    }
    for (; a && b; a = a->next, b = b->next) {
        comparison->neutral = is_extension(a);
        compare(comparison, a, b);
    }
    comparison->neutral = false;
}

/* A node that changed in more places than wanted it: it is shared with one that must stay. */
static const struct value *find_shared(const struct manifest_edits *edits)
{
    size_t next;

    for (size_t i = 0; i < edits->use_count; i = next) {
        const struct scalar_use *use = &edits->uses[i];

        for (next = i + 1; next < edits->use_count; next++) {
            if (edits->uses[next].node->start != use->node->start)
                break;
        }
        if (use->changed > next - i)
            return use->node;
    }
    return NULL;
}

/* `after` is what was read of the new text. */
static int verify(const struct manifest_edits *edits, const struct yaml_documents *after, struct error *err)
{
    const struct yaml_documents *before = &edits->manifest->documents;
    struct comparison comparison = {.edits = edits, .different = before->count != after->count};

    qsort(edits->uses, edits->use_count, sizeof(*edits->uses), compare_nodes);
    for (size_t i = 0; i < before->count && !comparison.different; i++)
        compare_documents(&comparison, before->items[i], after->items[i]);
    if (comparison.unwanted)
        return cannot(edits, comparison.unwanted,
                      "uses an anchored image, where it must stay as it is while other uses change", err);
    if (find_shared(edits))
        return cannot(edits, find_shared(edits),
                      "the image stands below an anchor, and changes for one use of it but not for another",
                      err);
    if (comparison.different || comparison.changed != edits->use_count)
        return error_set(err, ERROR_INVALID, "%s: the images cannot be rewritten in place",
                         edits->manifest->name);
    return 0;
}

static int read_again(const struct manifest_edits *edits, struct str text, struct error *err)
{
    struct manifest after;
    struct arena arena;
    int result;

    arena_init(&arena);
    result = manifest_read(&arena, edits->manifest->name, text, &after, err);
    result = result < 0 ? error_prefix(err, "what would be written cannot be read")
                        : verify(edits, &after.documents, err);
    arena_release(&arena);
    return result;
}

int manifest_edits_finish(struct manifest_edits *edits, struct str *ret, struct error *err)
{
    struct str text;

    if (edits->use_count == 0) {
        *ret = edits->manifest->text;
        return 0;
    }
    if (merge_edits(edits, err) < 0)
        return -1;
    text = text_edits_apply(edits->arena, edits->manifest->text, edits->edits, edits->count);
    if (read_again(edits, text, err) < 0)
        return -1;
    *ret = text;
    return 0;
}
