/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cluster/view_build.h"

#include "core/policy/sharing.h"

#include <stdlib.h>

static void build_streams(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                          struct cluster_view *ret)
{
    struct view_shard *shard;
    struct view_table *table =
        view_table_new(arena, VIEW_NAMES(struct image_stream), objects->stream_count, seed, &shard);

    for (size_t i = 0; i < objects->stream_count; i++) {
        const struct image_stream *there = view_shard_put(table, shard, objects->streams[i]);

        if (there && !there->openshift)
            (void)view_shard_put(table, shard, there);
    }
    ret->streams = table;
    ret->stream_count = shard->count;
}

static void build_service_accounts(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                                   struct cluster_view *ret)
{
    struct view_shard *shard;
    struct view_table *table = view_table_new(arena, VIEW_NAMES(struct service_account),
                                              objects->service_account_count, seed, &shard);

    for (size_t i = 0; i < objects->service_account_count; i++)
        (void)view_shard_put(table, shard, objects->service_accounts[i]);
    ret->service_accounts = table;
}

static void build_secrets(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                          struct cluster_view *ret)
{
    struct view_shard *shard;
    struct view_table *table =
        view_table_new(arena, VIEW_NAMES(struct pull_secret), objects->secret_count, seed, &shard);

    for (size_t i = 0; i < objects->secret_count; i++)
        (void)view_shard_put(table, shard, objects->secrets[i]);
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

/* The namespaces while their table is made. */
struct namespace_builder {
    struct arena *arena;
    struct view_table *table;
    struct view_shard *shard;
    struct namespace_entry *entries;
    size_t count;
    const struct stream_policy **own; /* all that have a namespace, sorted */
    size_t own_count;
    struct policy_sharing sharing;
};

static struct namespace_entry *entry_put(struct namespace_builder *builder, struct str name)
{
    const struct namespace_entry *there = view_table_find(builder->table, (struct str){NULL, 0}, name);
    struct namespace_entry *entry = &builder->entries[builder->count];

    if (there)
        return &builder->entries[there - builder->entries];
    builder->count++;
    entry->name = name;
    (void)view_shard_put(builder->table, builder->shard, entry);
    return entry;
}

static const struct effective_policy *prepare_policy(struct namespace_builder *builder,
                                                     const struct namespace_entry *entry,
                                                     const struct stream_policy *const *own, size_t own_count)
{
    const struct effective_policy *found =
        own_count == 0 ? policy_sharing_find(&builder->sharing, entry->name, entry->object) : NULL;
    struct effective_policy *policy;

    if (found)
        return found;
    policy = ARENA_NEW(builder->arena, struct effective_policy);
    effective_policy_merge(builder->arena, &builder->sharing.scope,
                           &(struct policy_namespace){entry->name, entry->object, own, own_count}, policy);
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
        entry->policy = prepare_policy(builder, entry, builder->own + i, end - i);
        i = end;
    }
}

static void build_namespaces(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                             struct cluster_view *ret)
{
    const struct stream_policy **policies = sorted_policies(arena, objects);
    size_t most = objects->namespace_count + objects->policy_count;
    const struct view_names names = {SIZE_MAX, offsetof(struct namespace_entry, name)};
    struct namespace_builder builder = {.arena = arena};
    struct policy_scope scope;

    while (ret->cluster_policy_count < objects->policy_count &&
           policies[ret->cluster_policy_count]->namespace.len == 0)
        ret->cluster_policy_count++;
    ret->cluster_policies = policies;
    builder.own = policies + ret->cluster_policy_count;
    builder.own_count = objects->policy_count - ret->cluster_policy_count;
    builder.table = view_table_new(arena, names, most, seed, &builder.shard);
    builder.entries = ARENA_ARRAY(arena, most, struct namespace_entry);
    ret->namespaces = builder.table;
    scope = cluster_view_policy_scope(ret);
    policy_sharing_init(&builder.sharing, arena, &scope);
    /* All namespaces first: whether one is shared is asked while policies are worked out. */
    for (size_t i = 0; i < objects->namespace_count; i++)
        entry_put(&builder, objects->namespaces[i]->name)->object = objects->namespaces[i];
    prepare_own(&builder);
    for (size_t i = 0; i < builder.count; i++) {
        if (!builder.entries[i].policy)
            builder.entries[i].policy = prepare_policy(&builder, &builder.entries[i], NULL, 0);
    }
}

void view_build(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                struct cluster_view *ret)
{
    *ret = (struct cluster_view){0};
    build_streams(arena, objects, seed, ret);
    build_service_accounts(arena, objects, seed, ret);
    build_secrets(arena, objects, seed, ret);
    build_namespaces(arena, objects, seed, ret);
}
