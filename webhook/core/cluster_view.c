/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cluster_view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * Open addressing with linear probing, at most half full. A slot is the upper
 * half of the key's hash and the object's index + 1; 0 is a free slot. All
 * kinds share the code: where their names stand is the table's.
 */
struct view_slot {
    uint32_t tag;
    uint32_t index;
};

struct view_table {
    uint64_t seed;
    struct view_slot *slots;
    const void **objects;
    size_t mask;
    size_t count;
    size_t namespace_offset; /* SIZE_MAX: of the cluster's scope */
    size_t name_offset;
};

/* What is kept about a namespace; `object` is NULL where only a policy names it. */
struct namespace_entry {
    struct str name;
    const struct namespace_object *object;
    const struct effective_policy *policy;
};

static struct view_table *table_new(struct arena *arena, size_t count, uint64_t seed, size_t namespace_offset,
                                    size_t name_offset)
{
    struct view_table *table = ARENA_NEW(arena, struct view_table);
    size_t size = 8;

    assert(count < UINT32_MAX / 4);
    while (size < count * 2)
        size *= 2;
    *table = (struct view_table){
        .seed = seed,
        .slots = ARENA_ARRAY(arena, size, struct view_slot),
        .objects = ARENA_ARRAY(arena, count, const void *),
        .mask = size - 1,
        .namespace_offset = namespace_offset,
        .name_offset = name_offset,
    };
    return table;
}

static struct str text_at(const void *object, size_t offset)
{
    struct str text = {NULL, 0};

    if (offset != SIZE_MAX)
        memcpy(&text, (const char *)object + offset, sizeof(text));
    return text;
}

/* The slot that holds this name, or the free one where it belongs. */
static struct view_slot *table_slot(const struct view_table *table, struct str namespace, struct str name,
                                    uint32_t *ret_tag)
{
    uint64_t hash = str_hash(name, str_hash(namespace, table->seed));
    uint32_t tag = (uint32_t)(hash >> 32);

    *ret_tag = tag;
    for (size_t i = hash & table->mask;; i = (i + 1) & table->mask) {
        struct view_slot *slot = &table->slots[i];
        const void *object = slot->index ? table->objects[slot->index - 1] : NULL;

        if (!object)
            return slot;
        if (slot->tag == tag && str_equal(text_at(object, table->name_offset), name) &&
            str_equal(text_at(object, table->namespace_offset), namespace))
            return slot;
    }
}

static const void *table_find(const struct view_table *table, struct str namespace, struct str name)
{
    uint32_t tag;
    const struct view_slot *slot = table_slot(table, namespace, name, &tag);

    return slot->index ? table->objects[slot->index - 1] : NULL;
}

/* Where an object of that name is stands; the caller may put another there. */
static const void **table_put(struct view_table *table, const void *object)
{
    uint32_t tag;
    struct view_slot *slot = table_slot(table, text_at(object, table->namespace_offset),
                                        text_at(object, table->name_offset), &tag);

    if (!slot->index) {
        table->objects[table->count++] = object;
        *slot = (struct view_slot){tag, (uint32_t)table->count};
    }
    return &table->objects[slot->index - 1];
}

static void build_streams(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                          struct cluster_view *ret)
{
    struct view_table *table =
        table_new(arena, objects->stream_count, seed, offsetof(struct image_stream, namespace),
                  offsetof(struct image_stream, name));

    for (size_t i = 0; i < objects->stream_count; i++) {
        const struct image_stream *stream = objects->streams[i];
        const void **place = table_put(table, stream);
        const struct image_stream *there = *place;

        if (there->openshift && !stream->openshift)
            *place = stream;
    }
    ret->streams = table;
    ret->stream_count = table->count;
}

static void build_service_accounts(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                                   struct cluster_view *ret)
{
    struct view_table *table =
        table_new(arena, objects->service_account_count, seed, offsetof(struct service_account, namespace),
                  offsetof(struct service_account, name));

    for (size_t i = 0; i < objects->service_account_count; i++)
        (void)table_put(table, objects->service_accounts[i]);
    ret->service_accounts = table;
}

static void build_secrets(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                          struct cluster_view *ret)
{
    struct view_table *table =
        table_new(arena, objects->secret_count, seed, offsetof(struct pull_secret, namespace),
                  offsetof(struct pull_secret, name));

    for (size_t i = 0; i < objects->secret_count; i++)
        (void)table_put(table, objects->secrets[i]);
    ret->secrets = table;
}

/* By namespace, then name: the cluster's, which have none, come first. */
static int compare_policies(const void *a, const void *b)
{
    const struct stream_policy *left = *(const struct stream_policy *const *)a;
    const struct stream_policy *right = *(const struct stream_policy *const *)b;
    int order = str_compare(left->namespace, right->namespace);

    return order != 0 ? order : str_compare(left->name, right->name);
}

static const struct stream_policy **sorted_policies(struct arena *arena,
                                                    const struct cluster_objects *objects)
{
    const struct stream_policy **sorted =
        ARENA_ARRAY(arena, objects->policy_count, const struct stream_policy *);

    for (size_t i = 0; i < objects->policy_count; i++)
        sorted[i] = objects->policies[i];
    if (objects->policy_count > 1)
        qsort(sorted, objects->policy_count, sizeof(*sorted), compare_policies);
    return sorted;
}

static const struct namespace_entry *namespace_entry(const struct cluster_view *view, struct str name)
{
    return table_find(view->namespaces, (struct str){NULL, 0}, name);
}

static bool is_shared(const void *ctx, struct str name)
{
    const struct namespace_object *object = cluster_view_namespace(ctx, name);

    for (size_t i = 0; object && i < object->label_count; i++) {
        if (str_equal(object->labels[i].key, STR("weir.dev/shared")))
            return str_equal(object->labels[i].value, STR("true"));
    }
    return false;
}

/* The policies that one namespace's effective policy was made of. */
struct policy_range {
    const struct stream_policy *const *own;
    size_t count;
};

static void work_out(struct arena *arena, const struct cluster_view *view,
                     const struct namespace_entry *entry, struct str name, struct policy_range range,
                     struct effective_policy *ret)
{
    struct label only = {STR("kubernetes.io/metadata.name"), name};
    const struct namespace_object *object = entry ? entry->object : NULL;

    stream_policy_effective(arena, view->cluster_policies, view->cluster_policy_count, range.own, range.count,
                            object ? object->labels : &only, object ? object->label_count : 1, is_shared,
                            view, ret);
}

/*
 * Most namespaces of a cluster have no policy of their own and are matched by
 * the same few cluster policies: those share one result.
 */
enum { SHARED_RESULTS_MAX = 32 };

struct shared_result {
    bool *matches; /* of each cluster policy */
    const struct effective_policy *policy;
};

/* The namespaces while their table is made. */
struct namespace_builder {
    struct arena *arena;
    struct cluster_view *view;
    struct view_table *table;
    struct namespace_entry *entries;
    size_t count;
    const struct stream_policy **own; /* all that have a namespace, sorted */
    size_t own_count;
    struct shared_result shared[SHARED_RESULTS_MAX];
    size_t shared_count;
    bool *matches;
};

static struct namespace_entry *entry_put(struct namespace_builder *builder, struct str name)
{
    const struct namespace_entry *there = namespace_entry(builder->view, name);
    struct namespace_entry *entry = &builder->entries[builder->count];

    if (there)
        return &builder->entries[there - builder->entries];
    builder->count++;
    entry->name = name;
    (void)table_put(builder->table, entry);
    return entry;
}

static bool match_all(struct namespace_builder *builder, const struct namespace_object *object)
{
    const struct cluster_view *view = builder->view;

    for (size_t i = 0; i < view->cluster_policy_count; i++)
        builder->matches[i] =
            label_selector_matches(&view->cluster_policies[i]->selector, object->labels, object->label_count);
    return true;
}

static const struct effective_policy *find_shared(const struct namespace_builder *builder)
{
    size_t size = builder->view->cluster_policy_count * sizeof(*builder->matches);

    for (size_t i = 0; i < builder->shared_count; i++) {
        if (size == 0 || memcmp(builder->shared[i].matches, builder->matches, size) == 0)
            return builder->shared[i].policy;
    }
    return NULL;
}

/* Keeps the match vector beside its result, and takes a new one. */
static void remember_shared(struct namespace_builder *builder, const struct effective_policy *policy)
{
    if (builder->shared_count == SHARED_RESULTS_MAX)
        return;
    builder->shared[builder->shared_count++] = (struct shared_result){builder->matches, policy};
    builder->matches = ARENA_ARRAY(builder->arena, builder->view->cluster_policy_count, bool);
}

static const struct effective_policy *prepare_policy(struct namespace_builder *builder,
                                                     const struct namespace_entry *entry,
                                                     struct policy_range range)
{
    bool shareable = range.count == 0 && match_all(builder, entry->object);
    const struct effective_policy *found = shareable ? find_shared(builder) : NULL;
    struct effective_policy *policy;

    if (found)
        return found;
    policy = ARENA_NEW(builder->arena, struct effective_policy);
    work_out(builder->arena, builder->view, entry, entry->name, range, policy);
    if (shareable)
        remember_shared(builder, policy);
    return policy;
}

/* Own policies of each namespace that has any: they stand side by side. */
static void prepare_own(struct namespace_builder *builder)
{
    for (size_t i = 0; i < builder->own_count;) {
        struct namespace_entry *entry = entry_put(builder, builder->own[i]->namespace);
        size_t end = i + 1;

        while (end < builder->own_count && str_equal(builder->own[end]->namespace, entry->name))
            end++;
        entry->policy = prepare_policy(builder, entry, (struct policy_range){builder->own + i, end - i});
        i = end;
    }
}

static void build_namespaces(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                             struct cluster_view *ret)
{
    const struct stream_policy **policies = sorted_policies(arena, objects);
    size_t most = objects->namespace_count + objects->policy_count;
    struct namespace_builder builder = {.arena = arena, .view = ret};

    while (ret->cluster_policy_count < objects->policy_count &&
           policies[ret->cluster_policy_count]->namespace.len == 0)
        ret->cluster_policy_count++;
    ret->cluster_policies = policies;
    builder.own = policies + ret->cluster_policy_count;
    builder.own_count = objects->policy_count - ret->cluster_policy_count;
    builder.table = table_new(arena, most, seed, SIZE_MAX, offsetof(struct namespace_entry, name));
    builder.entries = ARENA_ARRAY(arena, most, struct namespace_entry);
    builder.matches = ARENA_ARRAY(arena, ret->cluster_policy_count, bool);
    ret->namespaces = builder.table;
    /* All namespaces first: whether one is shared is asked while policies are worked out. */
    for (size_t i = 0; i < objects->namespace_count; i++)
        entry_put(&builder, objects->namespaces[i]->name)->object = objects->namespaces[i];
    prepare_own(&builder);
    for (size_t i = 0; i < builder.count; i++) {
        if (!builder.entries[i].policy)
            builder.entries[i].policy =
                prepare_policy(&builder, &builder.entries[i], (struct policy_range){NULL, 0});
    }
}

void cluster_view_build(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                        struct cluster_view *ret)
{
    *ret = (struct cluster_view){0};
    build_streams(arena, objects, seed, ret);
    build_service_accounts(arena, objects, seed, ret);
    build_secrets(arena, objects, seed, ret);
    build_namespaces(arena, objects, seed, ret);
}

const struct image_stream *cluster_view_stream(const struct cluster_view *view, struct str namespace,
                                               struct str name)
{
    return table_find(view->streams, namespace, name);
}

const struct namespace_object *cluster_view_namespace(const struct cluster_view *view, struct str name)
{
    const struct namespace_entry *entry = namespace_entry(view, name);

    return entry ? entry->object : NULL;
}

const struct service_account *cluster_view_service_account(const struct cluster_view *view,
                                                           struct str namespace, struct str name)
{
    return table_find(view->service_accounts, namespace, name);
}

const struct pull_secret *cluster_view_secret(const struct cluster_view *view, struct str namespace,
                                              struct str name)
{
    return table_find(view->secrets, namespace, name);
}

const struct effective_policy *cluster_view_policy(const struct cluster_view *view, struct arena *arena,
                                                   struct str namespace)
{
    const struct namespace_entry *entry = namespace_entry(view, namespace);
    struct effective_policy *policy;

    if (entry)
        return entry->policy;
    policy = ARENA_NEW(arena, struct effective_policy);
    work_out(arena, view, NULL, namespace, (struct policy_range){NULL, 0}, policy);
    return policy;
}
