/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/tables.h"

#include "base/memory.h"
#include "edge/system/random.h"

#include <stdlib.h>
#include <string.h>

#define WEIR_DEV "weir.dev"

const struct cluster_resource_row cluster_tables_resources[CLUSTER_RESOURCES] = {
    [CLUSTER_STREAMS] = {{STR_INIT(WEIR_DEV), STR_INIT("v1alpha1"), STR_INIT("imagestreams"), true},
                         {STR_INIT("weir.dev/v1alpha1"), STR_INIT("ImageStream"), true},
                         "imagestreams.weir.dev",
                         false,
                         false},
    [CLUSTER_OPENSHIFT_STREAMS] = {{STR_INIT("image.openshift.io"), STR_INIT("v1"), STR_INIT("imagestreams"),
                                    true},
                                   {STR_INIT("image.openshift.io/v1"), STR_INIT("ImageStream"), true},
                                   "imagestreams.image.openshift.io",
                                   false,
                                   true},
    [CLUSTER_POLICIES] = {{STR_INIT(WEIR_DEV), STR_INIT("v1alpha1"), STR_INIT("streampolicies"), true},
                          {STR_INIT("weir.dev/v1alpha1"), STR_INIT("StreamPolicy"), true},
                          "streampolicies.weir.dev",
                          false,
                          false},
    [CLUSTER_CLUSTER_POLICIES] = {{STR_INIT(WEIR_DEV), STR_INIT("v1alpha1"),
                                   STR_INIT("clusterstreampolicies"), false},
                                  {STR_INIT("weir.dev/v1alpha1"), STR_INIT("ClusterStreamPolicy"), true},
                                  "clusterstreampolicies.weir.dev",
                                  false,
                                  false},
    [CLUSTER_NAMESPACES] = {{STR_INIT(""), STR_INIT("v1"), STR_INIT("namespaces"), false},
                            {STR_INIT("v1"), STR_INIT("Namespace"), true},
                            "namespaces",
                            true,
                            false},
};

/* A snapshot that may still have readers, and what no later one leads to. */
struct published {
    struct published *next;
    struct snapshot *snapshot;
    struct retired retired;
};

struct cluster_tables {
    uint64_t seed;
    struct retired retired; /* since the last publication */
    struct persistent_table streams;
    struct persistent_table openshift_streams;
    struct cluster_namespaces namespaces;
    size_t cluster_policies;             /* among the policies */
    size_t undecoded[CLUSTER_RESOURCES]; /* of the policies, those that stand in for what does not decode */
    bool changed;                        /* since the last publication */
    struct published *oldest;
    struct published *newest;
};

struct cluster_tables *cluster_tables_new(void)
{
    struct cluster_tables *tables = memory_zeroed(1, sizeof(*tables));

    tables->seed = random_number();
    persistent_table_init(&tables->streams, VIEW_NAMES(struct image_stream), tables->seed, &tables->retired);
    persistent_table_init(&tables->openshift_streams, VIEW_NAMES(struct image_stream), tables->seed,
                          &tables->retired);
    cluster_namespaces_init(&tables->namespaces, tables->seed, &tables->retired);
    return tables;
}

uint64_t cluster_tables_version(const struct cluster_tables *tables, struct str uid,
                                struct str resource_version)
{
    return str_hash(resource_version, str_hash(uid, tables->seed));
}

/* The table that this kind of objects is in; NULL: namespaces. */
static struct persistent_table *table_of(struct cluster_tables *tables, enum cluster_resource resource)
{
    switch (resource) {
    case CLUSTER_STREAMS:
        return &tables->streams;
    case CLUSTER_OPENSHIFT_STREAMS:
        return &tables->openshift_streams;
    case CLUSTER_POLICIES:
    case CLUSTER_CLUSTER_POLICIES:
        return &tables->namespaces.policies;
    case CLUSTER_NAMESPACES:
    case CLUSTER_RESOURCES:
        break;
    }
    return NULL;
}

struct stored_object *cluster_tables_find(const struct cluster_tables *tables, enum cluster_resource resource,
                                          struct str namespace, struct str name)
{
    const struct persistent_table *table = table_of((struct cluster_tables *)(uintptr_t)tables, resource);

    if (table)
        return stored_object_of(persistent_table_find(table, namespace, name));
    return stored_object_of(cluster_namespaces_find(&tables->namespaces, name));
}

/* `policy` may be NULL. */
static bool is_undecoded(const void *policy)
{
    return policy && ((const struct stream_policy *)policy)->undecoded;
}

void cluster_tables_put(struct cluster_tables *tables, enum cluster_resource resource,
                        struct stored_object *object)
{
    const void *there;

    switch (resource) {
    case CLUSTER_STREAMS:
    case CLUSTER_OPENSHIFT_STREAMS:
        there = persistent_table_put(table_of(tables, resource), &object->as.stream);
        break;
    case CLUSTER_NAMESPACES:
        there = cluster_namespaces_put(&tables->namespaces, &object->as.namespace);
        break;
    default:
        there = cluster_namespaces_put_policy(&tables->namespaces, &object->as.policy);
        tables->cluster_policies += resource == CLUSTER_CLUSTER_POLICIES && !there;
        tables->undecoded[resource] += object->as.policy.undecoded;
        tables->undecoded[resource] -= is_undecoded(there);
    }
    tables->changed = true;
    retired_add(&tables->retired, stored_object_of(there), free);
}

bool cluster_tables_remove(struct cluster_tables *tables, enum cluster_resource resource,
                           struct str namespace, struct str name)
{
    const void *there;

    switch (resource) {
    case CLUSTER_STREAMS:
    case CLUSTER_OPENSHIFT_STREAMS:
        there = persistent_table_remove(table_of(tables, resource), namespace, name);
        break;
    case CLUSTER_NAMESPACES:
        there = cluster_namespaces_remove(&tables->namespaces, name);
        break;
    default:
        there = cluster_namespaces_remove_policy(&tables->namespaces, namespace, name);
        tables->cluster_policies -= resource == CLUSTER_CLUSTER_POLICIES && there;
        tables->undecoded[resource] -= is_undecoded(there);
    }
    tables->changed = tables->changed || there;
    retired_add(&tables->retired, stored_object_of(there), free);
    return there != NULL;
}

/* The object of this resource that a table's element stands for, with its name; NULL: it is of another. */
static struct stored_object *object_at(enum cluster_resource resource, const void *element,
                                       struct str *ret_namespace, struct str *ret_name)
{
    struct str none = {NULL, 0};
    struct stored_object *object = stored_object_of(element);

    if (resource == CLUSTER_NAMESPACES) {
        const struct namespace_entry *entry = element;

        *ret_namespace = none;
        *ret_name = entry->name;
        return stored_object_of(entry->object);
    }
    if (resource == CLUSTER_STREAMS || resource == CLUSTER_OPENSHIFT_STREAMS) {
        *ret_namespace = object->as.stream.namespace;
        *ret_name = object->as.stream.name;
        return object;
    }
    *ret_namespace = object->as.policy.namespace;
    *ret_name = object->as.policy.name;
    return (ret_namespace->len == 0) == (resource == CLUSTER_CLUSTER_POLICIES) ? object : NULL;
}

size_t cluster_tables_sweep(struct cluster_tables *tables, enum cluster_resource resource, uint64_t mark)
{
    const struct persistent_table *table = table_of(tables, resource);
    size_t removed = 0;
    const void **all;
    size_t count;
    struct arena arena;

    if (!table)
        table = &tables->namespaces.entries;
    arena_init(&arena);
    count = table->count;
    all = persistent_table_list(table, &arena);
    for (size_t i = 0; i < count; i++) {
        struct str namespace;
        struct str name;
        const struct stored_object *object = object_at(resource, all[i], &namespace, &name);

        if (object && object->mark != mark)
            removed += cluster_tables_remove(tables, resource, namespace, name);
    }
    arena_release(&arena);
    return removed;
}

size_t cluster_tables_count(const struct cluster_tables *tables, enum cluster_resource resource)
{
    switch (resource) {
    case CLUSTER_STREAMS:
        return tables->streams.count;
    case CLUSTER_OPENSHIFT_STREAMS:
        return tables->openshift_streams.count;
    case CLUSTER_POLICIES:
        return tables->namespaces.policies.count - tables->cluster_policies - tables->undecoded[resource];
    case CLUSTER_CLUSTER_POLICIES:
        return tables->cluster_policies - tables->undecoded[resource];
    case CLUSTER_NAMESPACES:
        return tables->namespaces.object_count;
    case CLUSTER_RESOURCES:
        break;
    }
    return 0;
}

bool cluster_tables_is_changed(const struct cluster_tables *tables)
{
    return tables->changed;
}

static struct snapshot *make_snapshot(struct cluster_tables *tables)
{
    struct snapshot *snapshot = snapshot_new_kept();
    struct arena *arena = &snapshot->arena;
    struct cluster_view *view = &snapshot->view;
    struct view_shard *none;

    snapshot->of_cluster = true;
    view->streams = persistent_table_publish(&tables->streams, arena);
    view->stream_count = tables->streams.count + tables->openshift_streams.count;
    if (tables->openshift_streams.count > 0)
        view->other_streams = persistent_table_publish(&tables->openshift_streams, arena);
    cluster_namespaces_publish(&tables->namespaces, arena, view);
    view->undecoded_policies =
        tables->undecoded[CLUSTER_POLICIES] + tables->undecoded[CLUSTER_CLUSTER_POLICIES];
    view->service_accounts = view_table_new(arena, (struct view_names){SIZE_MAX, 0}, 0, 0, &none);
    view->secrets = view->service_accounts;
    return snapshot;
}

void cluster_tables_publish(struct cluster_tables *tables, struct snapshot_slot *slot)
{
    struct published *published = memory_zeroed(1, sizeof(*published));

    published->snapshot = make_snapshot(tables);
    tables->changed = false;
    /* What went since the last one, that one and those before it may still lead to. */
    if (tables->newest) {
        tables->newest->retired = tables->retired;
        tables->newest->next = published;
        tables->retired = (struct retired){NULL, 0, 0};
    } else {
        retired_dispose(&tables->retired);
        tables->oldest = published;
    }
    tables->newest = published;
    snapshot_publish(slot, published->snapshot);
    (void)cluster_tables_reap(tables);
}

static void free_oldest(struct cluster_tables *tables)
{
    struct published *published = tables->oldest;

    tables->oldest = published->next;
    retired_dispose(&published->retired);
    snapshot_free(published->snapshot);
    free(published);
}

bool cluster_tables_reap(struct cluster_tables *tables)
{
    while (tables->oldest != tables->newest && snapshot_is_unused(tables->oldest->snapshot))
        free_oldest(tables);
    return tables->oldest != tables->newest;
}

static void free_objects(const struct persistent_table *table)
{
    struct arena arena;
    const void **all;

    arena_init(&arena);
    all = persistent_table_list(table, &arena);
    for (size_t i = 0; i < table->count; i++)
        free(stored_object_of(all[i]));
    arena_release(&arena);
}

static void free_namespace_objects(const struct persistent_table *table)
{
    struct arena arena;
    const void **all;

    arena_init(&arena);
    all = persistent_table_list(table, &arena);
    for (size_t i = 0; i < table->count; i++)
        free(stored_object_of(((const struct namespace_entry *)all[i])->object));
    arena_release(&arena);
}

void cluster_tables_free(struct cluster_tables *tables)
{
    while (tables->oldest)
        free_oldest(tables);
    retired_dispose(&tables->retired);
    free_objects(&tables->streams);
    free_objects(&tables->openshift_streams);
    free_objects(&tables->namespaces.policies);
    free_namespace_objects(&tables->namespaces.entries);
    cluster_namespaces_release(&tables->namespaces);
    persistent_table_release(&tables->streams);
    persistent_table_release(&tables->openshift_streams);
    free(tables);
}
