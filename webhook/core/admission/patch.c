/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/state.h"

#include "base/json/text.h"

enum {
    PATCH_MAX = 4 << 20,
    NO_ROOM_MAX = 160,
};

struct operations {
    struct patch_operation *items;
    size_t count;
    const struct json_path *list; /* the latest whose prefix was worked out, and that */
    struct str list_prefix;
};

static struct patch_operation *add_operation(struct operations *ops, enum patch_verb op, struct str path,
                                             struct str value)
{
    struct patch_operation *operation = &ops->items[ops->count++];

    *operation = (struct patch_operation){.op = op, .path = path, .value = value};
    return operation;
}

/*
 * <list>/<index><name>, the list's part worked out once for all that are in it. Put together here, since
 * every container passes.
 */
static struct str element_pointer(const struct evaluation *e, const struct position *position,
                                  struct str name, struct operations *ops)
{
    struct str index, pointer;
    char *at;

    if (ops->list != position->list_path) {
        ops->list = position->list_path;
        ops->list_prefix = json_path_prefix(e->arena, position->list_path);
    }
    index = text_of_uint(e->arena, position->index);
    pointer.len = ops->list_prefix.len + index.len + name.len;
    pointer.ptr = at = arena_alloc(e->arena, pointer.len);
    str_copy(at, ops->list_prefix);
    str_copy(at + ops->list_prefix.len, index);
    str_copy(at + ops->list_prefix.len + index.len, name);
    return pointer;
}

/* `of_container` and `of_volume` begin with a slash. */
static struct str member_pointer(const struct evaluation *e, const struct position *position,
                                 struct str of_container, struct str of_volume, struct operations *ops)
{
    if (!position->path)
        return json_path_pointer(e->arena, position->list_path, (struct str){NULL, 0});
    return element_pointer(e, position, position->list == POSITION_VOLUMES ? of_volume : of_container, ops);
}

static void patch_image(struct evaluation *e, const struct judged *j, struct operations *ops, size_t *images)
{
    if (j->position->image_presence != PRESENCE_GOOD || str_equal(j->stored, j->image))
        return;
    add_operation(ops, PATCH_REPLACE,
                  member_pointer(e, j->position, STR("/image"), STR("/image/reference"), ops), j->stored)
        ->is_image = true;
    *images += pairing_is_pinned(j);
}

static void patch_policy(struct evaluation *e, const struct judged *j, struct operations *ops)
{
    bool there = j->position->pull_policy_presence == PRESENCE_GOOD ||
                 j->position->pull_policy_presence == PRESENCE_NULL;

    if (str_equal(j->stored_policy, j->policy) || !j->position->path)
        return;
    (void)add_operation(
        ops, there ? PATCH_REPLACE : PATCH_ADD,
        member_pointer(e, j->position, STR("/imagePullPolicy"), STR("/image/pullPolicy"), ops),
        j->stored_policy);
}

/* `quoted` is the annotation as a JSON string. */
static void write_annotation(const struct evaluation *e, struct str quoted, struct operations *ops)
{
    const struct object_meta *meta = pairing_meta(e, &e->request->object);
    struct str base = e->request->workload->template_pointer;
    enum patch_verb verb = PATCH_ADD;
    struct str path;

    if (meta->presence != PRESENCE_GOOD) {
        path = STR("/metadata");
        quoted = arena_join(e->arena, STR("{\"annotations\":{\"weir.dev/images\":"), quoted, STR("}}"));
    } else if (meta->annotations != PRESENCE_GOOD) {
        path = STR("/metadata/annotations");
        quoted = arena_join(e->arena, STR("{\"weir.dev/images\":"), quoted, STR("}"));
    } else {
        path = STR("/metadata/annotations/weir.dev~1images");
        verb = meta->images_presence == PRESENCE_ABSENT ? PATCH_ADD : PATCH_REPLACE;
    }
    add_operation(ops, verb, base.len ? arena_join(e->arena, base, path) : path, quoted)->raw = true;
}

static struct str quote(const struct evaluation *e, struct str text)
{
    struct text out;

    text_init_sized(&out, e->arena, PATCH_MAX, text.len + text.len / 4 + 64);
    json_text_string(&out, text);
    return text_str(&out);
}

static void remove_annotation(const struct evaluation *e, struct operations *ops)
{
    struct str base = e->request->workload->template_pointer;

    (void)add_operation(ops, PATCH_REMOVE,
                        arena_join(e->arena, base, STR("/metadata/annotations/weir.dev~1images")),
                        (struct str){NULL, 0});
}

/* Put back or left alone, as a text is that does not parse. */
static bool is_untouched(const struct judged *j)
{
    struct image_reference ref;
    struct error err;

    return j->verdict == VERDICT_PUT_BACK || j->verdict == VERDICT_LEAVE ||
           image_reference_parse(j->image, &ref, &err) < 0;
}

/* The old annotation stands byte for byte where nothing in it changed (semantics §3). */
static bool old_annotation_stands(const struct evaluation *e)
{
    bool any_counts = false;
    bool in_words = false;

    if (!e->update)
        return false;
    for (size_t i = 0; i < e->count; i++) {
        const struct judged *j = &e->positions[i];

        if (!is_untouched(j))
            return false;
        any_counts = any_counts || j->came_counts;
        in_words = in_words || (j->old && j->verdict == VERDICT_PUT_BACK &&
                                (!str_equal(j->image, j->old_image) || !str_equal(j->policy, j->old_policy)));
    }
    return pairing_annotation_is_old(e) || (!any_counts && in_words);
}

static void put_annotation_back(const struct evaluation *e, struct operations *ops)
{
    const struct object_meta *came = pairing_meta(e, &e->request->object);
    const struct object_meta *old = pairing_meta(e, &e->request->old_object);

    if (pairing_annotation_is_old(e))
        return;
    if (old->images_presence == PRESENCE_GOOD)
        write_annotation(e, quote(e, old->images), ops);
    else if (came->images_presence != PRESENCE_ABSENT)
        remove_annotation(e, ops);
}

/* What is left out is lost at the next write: its author is told. */
static void warn_of_no_room(struct evaluation *e, size_t left_out)
{
    struct text why;

    text_init(&why, e->arena, NO_ROOM_MAX);
    text_add(&why, STR("annotation weir.dev/images is full: the words of "));
    text_add_uint(&why, left_out);
    text_add(&why, STR(" images are not kept, and resolve anew when applied again"));
    note_warning(e, NULL, text_str(&why));
}

static struct intent_wish *find_wishes(const struct evaluation *e, size_t *ret_count)
{
    struct intent_wish *wishes = arena_alloc(e->arena, e->count * sizeof(struct intent_wish));
    size_t count = 0;

    for (size_t i = 0; i < e->count; i++) {
        const struct judged *j = &e->positions[i];
        bool has_image = !str_equal(j->words, j->stored);
        bool has_policies = !str_equal(j->words_policy, j->stored_policy);

        if (j->key.len == 0 || j->position->image_presence != PRESENCE_GOOD || (!has_image && !has_policies))
            continue;
        wishes[count++] = (struct intent_wish){
            .key = j->key,
            .image = j->words,
            .stored = j->stored,
            .pull_policy = j->words_policy,
            .set_policy = j->stored_policy,
            .has_image = has_image,
            .has_policies = has_policies,
            .unknown = j->came        ? j->came->value
                       : j->old_entry ? j->old_entry->value
                                      : NULL,
        };
    }
    *ret_count = count;
    return wishes;
}

static void patch_annotation(struct evaluation *e, struct operations *ops)
{
    struct intent_wish *wishes;
    struct str wanted;
    size_t count, held;

    if (e->ephemeral)
        return;
    if (old_annotation_stands(e)) {
        put_annotation_back(e, ops);
        return;
    }
    if (e->job_update)
        return; /* the API server would refuse it */
    wishes = find_wishes(e, &count);
    if (e->came.state != INTENT_GOOD && image_intent_format_quoted(e->arena, wishes, count, &wanted)) {
        write_annotation(e, wanted, ops);
        return;
    }
    wanted = image_intent_format(e->arena, wishes, count, &held);
    if (held < count && !e->options->images_only)
        warn_of_no_room(e, count - held);
    if (wanted.len == 0) {
        if (e->came.state == INTENT_GOOD)
            remove_annotation(e, ops);
    } else if (e->came.state != INTENT_GOOD ||
               !str_equal(image_intent_canonical(e->arena, e->came.map), wanted)) {
        write_annotation(e, quote(e, wanted), ops);
    }
}

static void write_operation(struct text *out, const struct patch_operation *operation)
{
    static const struct str heads[] = {[PATCH_ADD] = STR_INIT("{\"op\":\"add\",\"path\":"),
                                       [PATCH_REPLACE] = STR_INIT("{\"op\":\"replace\",\"path\":"),
                                       [PATCH_REMOVE] = STR_INIT("{\"op\":\"remove\",\"path\":")};

    text_add(out, heads[operation->op]);
    json_text_string(out, operation->path);
    if (operation->op != PATCH_REMOVE)
        json_text_literal(out, ",\"value\":");
    if (operation->op != PATCH_REMOVE && operation->raw)
        text_add(out, operation->value);
    else if (operation->op != PATCH_REMOVE)
        json_text_string(out, operation->value);
    json_text_literal(out, "}");
}

static struct str encode(const struct evaluation *e, const struct operations *ops)
{
    struct text out;
    size_t size = 2;

    if (ops->count == 0)
        return (struct str){NULL, 0};
    for (size_t i = 0; i < ops->count; i++)
        size += 48 + ops->items[i].path.len + ops->items[i].value.len * 5 / 4;
    text_init_sized(&out, e->arena, PATCH_MAX, size);
    for (size_t i = 0; i < ops->count; i++) {
        text_add_char(&out, i ? ',' : '[');
        write_operation(&out, &ops->items[i]);
    }
    json_text_literal(&out, "]");
    return text_str(&out);
}

void patch_build(struct evaluation *e, struct admission_decision *decision)
{
    struct operations ops = {.items =
                                 arena_alloc(e->arena, (e->count * 2 + 1) * sizeof(struct patch_operation))};

    for (size_t i = 0; i < e->count; i++) {
        patch_image(e, &e->positions[i], &ops, &decision->images);
        patch_policy(e, &e->positions[i], &ops);
    }
    patch_annotation(e, &ops);
    decision->patch = ops.items;
    decision->patch_count = ops.count;
    decision->response.patch = encode(e, &ops);
}
