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

/* Whether the node that begins at `at` has the anchor `name`: the properties before it are "&name" and a tag.
 */
static bool has_anchor(struct str text, size_t at, struct str name)
{
    size_t end = skip_space_back(text, at);
    size_t start = end;

    while (start > 0 && is_anchor_char(text.ptr[start - 1]))
        start--;
    if (start > 0 && text.ptr[start - 1] == '&')
        return str_equal(str_slice(text, start, end), name);
    /* a tag may stand between the two */
    start = end;
    while (start > 0 && !char_is_space(text.ptr[start - 1]))
        start--;
    return start < end && text.ptr[start] == '!' && has_anchor(text, start, name);
}

/* The last string before `before` that has the anchor: a later anchor of a name takes the earlier one's
 * place. */
static const struct value *find_anchored(struct str text, const struct value *node, size_t before,
                                         struct str name, const struct value *found)
{
    if (is_alias(text, node))
        return found;
    if (node->kind == VALUE_STRING && node->start < before && (!found || node->start > found->start) &&
        has_anchor(text, node->start, name))
        return node;
    for (const struct value *child = node->first; child; child = child->next)
        found = find_anchored(text, child, before, name, found);
    return found;
}

/* The node whose bytes are to be changed. */
static const struct value *find_target(const struct manifest_edits *edits, const struct value *node,
                                       size_t document)
{
    const struct manifest *manifest = edits->manifest;
    struct str name = str_slice(manifest->text, node->start + 1, node->end);

    if (!is_alias(manifest->text, node))
        return node;
    return find_anchored(manifest->text, manifest->documents.items[document], node->start, name, NULL);
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
    edits->uses =
        arena_grow(edits->arena, edits->uses, edits->use_count, edits->use_count + 1, sizeof(*edits->uses));
    edits->uses[edits->use_count++] = *use;
}

int manifest_edits_add(struct manifest_edits *edits, const struct manifest_workload *workload,
                       struct str pointer, struct str text, struct error *err)
{
    const struct value *node = value_at_pointer(workload->object, pointer);
    const struct value *target = node ? find_target(edits, node, workload->document) : NULL;
    struct text_edit edit;

    if (!node || node->kind != VALUE_STRING)
        return error_set(err, ERROR_INVALID, "%s: nothing to rewrite at \"" STR_FMT "\"",
                         edits->manifest->name, STR_ARG(pointer));
    if (!target)
        return cannot(edits, node,
                      "the image is an alias of something that is no value and cannot be rewritten", err);
    if (plan_edit(edits, target, text, &edit, err) < 0)
        return -1;
    add_use(edits, &(struct scalar_use){
                       .document = workload->document,
                       .pointer = arena_join(edits->arena, workload->pointer, pointer),
                       .text = text,
                       .node = node,
                   });
    for (size_t i = 0; i < edits->count; i++) {
        if (edits->edits[i].start != edit.start)
            continue;
        if (str_equal(edits->edits[i].replacement, edit.replacement))
            return 0;
        return cannot(edits, target, "an anchored image would have to become two different ones", err);
    }
    edits->edits =
        arena_grow(edits->arena, edits->edits, edits->count, edits->count + 1, sizeof(*edits->edits));
    edits->edits[edits->count++] = edit;
    return 0;
}

static int compare_edits(const void *a, const void *b)
{
    const struct text_edit *x = a;
    const struct text_edit *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

/* How two trees differ: in strings that changed, of which one is remembered, or otherwise. */
struct comparison {
    const struct manifest_edits *edits;
    size_t changed;
    const struct value *unwanted; /* a changed string that nobody asked for */
    bool different;
    bool neutral; /* what changes is no use */
};

/* The first use that has its bytes where this node has; NULL: nobody asked for a change there. */
static struct scalar_use *first_use(const struct manifest_edits *edits, const struct value *node)
{
    for (size_t i = 0; i < edits->use_count; i++) {
        if (edits->uses[i].node->start == node->start)
            return &edits->uses[i];
    }
    return NULL;
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
    if (!comparison->neutral && !str_equal(before->text, after->text)) {
        struct scalar_use *use = first_use(comparison->edits, before);

        comparison->changed++;
        if (use)
            use->changed++;
        else
            comparison->unwanted = before;
    }
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
    for (size_t i = 0; i < edits->use_count; i++) {
        const struct scalar_use *use = &edits->uses[i];
        size_t wanted = 0;

        for (size_t j = i; use->changed > 0 && j < edits->use_count; j++)
            wanted += edits->uses[j].node->start == use->node->start;
        if (use->changed > wanted)
            return use->node;
    }
    return NULL;
}

static bool all_arrived(const struct manifest_edits *edits, const struct yaml_documents *after)
{
    for (size_t i = 0; i < edits->use_count; i++) {
        const struct scalar_use *use = &edits->uses[i];

        if (!str_equal(value_string(value_at_pointer(after->items[use->document], use->pointer)), use->text))
            return false;
    }
    return true;
}

static int verify(const struct manifest_edits *edits, struct str text, struct error *err)
{
    const struct yaml_documents *before = &edits->manifest->documents;
    struct comparison comparison = {.edits = edits};
    struct manifest after;

    if (manifest_read(edits->arena, edits->manifest->name, text, &after, err) < 0)
        return error_prefix(err, "what would be written cannot be read");
    comparison.different = before->count != after.documents.count;
    for (size_t i = 0; i < before->count && !comparison.different; i++)
        compare_documents(&comparison, before->items[i], after.documents.items[i]);
    if (comparison.unwanted)
        return cannot(edits, comparison.unwanted,
                      "uses an anchored image, where it must stay as it is while other uses change", err);
    if (find_shared(edits))
        return cannot(edits, find_shared(edits),
                      "the image stands below an anchor, and changes for one use of it but not for another",
                      err);
    if (comparison.different || comparison.changed != edits->use_count ||
        !all_arrived(edits, &after.documents))
        return error_set(err, ERROR_INVALID, "%s: the images cannot be rewritten in place",
                         edits->manifest->name);
    return 0;
}

int manifest_edits_finish(struct manifest_edits *edits, struct str *ret, struct error *err)
{
    struct str text;

    if (edits->count == 0) {
        *ret = edits->manifest->text;
        return 0;
    }
    qsort(edits->edits, edits->count, sizeof(*edits->edits), compare_edits);
    text = text_edits_apply(edits->arena, edits->manifest->text, edits->edits, edits->count);
    if (verify(edits, text, err) < 0)
        return -1;
    *ret = text;
    return 0;
}
