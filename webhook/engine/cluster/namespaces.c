/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/namespaces.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * One namespace. Readers look at `entry` only, which is immutable once it was
 * published; until then it is changed in place, afterwards a copy takes its place.
 */
struct namespace_node {
    struct namespace_entry entry;
    const struct stream_policy **own; /* sorted by name */
    size_t own_count;
    void *worked_out; /* the block that entry.policy is in; NULL: shared, the set's */
    bool published;
    bool gone;
    char name[];
};

/* What the cluster's policies give: made anew with each change of one of them. */
struct policy_set {
    struct arena arena;
    struct policy_sharing sharing;
    const struct stream_policy **policies; /* sorted by name */
    size_t count;
};

static void dispose_node(void *memory)
{
    struct namespace_node *node = memory;

    free(node->own);
    free(node->worked_out);
    free(node);
}

static void dispose_set(void *memory)
{
    struct policy_set *set = memory;

    arena_release(&set->arena);
    free(set);
}

static struct policy_set *set_new(void)
{
    struct policy_set *set = memory_zeroed(1, sizeof(*set));

    arena_init(&set->arena);
    return set;
}

void cluster_namespaces_init(struct cluster_namespaces *namespaces, uint64_t seed, struct retired *retired)
{
    memset(namespaces, 0, sizeof(*namespaces));
    persistent_table_init(&namespaces->entries,
                          (struct view_names){SIZE_MAX, offsetof(struct namespace_entry, name)}, seed,
                          retired);
    persistent_table_init(&namespaces->policies, VIEW_NAMES(struct stream_policy), seed, retired);
    namespaces->view.namespaces = &namespaces->entries.view;
    namespaces->retired = retired;
    namespaces->set = set_new();
    namespaces->cluster_changed = true;
}

void cluster_namespaces_release(struct cluster_namespaces *namespaces)
{
    struct arena arena;
    const void **entries;

    arena_init(&arena);
    entries = persistent_table_list(&namespaces->entries, &arena);
    for (size_t i = 0; i < namespaces->entries.count; i++)
        dispose_node((void *)(uintptr_t)entries[i]);
    arena_release(&arena);
    dispose_set(namespaces->set);
    free(namespaces->changed);
    persistent_table_release(&namespaces->entries);
    persistent_table_release(&namespaces->policies);
}

static struct namespace_node *find_node(const struct cluster_namespaces *namespaces, struct str name)
{
    const void *entry = persistent_table_find(&namespaces->entries, (struct str){NULL, 0}, name);

    return (struct namespace_node *)(uintptr_t)entry; /* `entry` is its first member */
}

static void note_changed(struct cluster_namespaces *namespaces, struct namespace_node *node)
{
    if (namespaces->changed_count == namespaces->changed_size) {
        size_t size = namespaces->changed_size ? namespaces->changed_size * 2 : 16;
        struct namespace_node **changed =
            realloc(namespaces->changed, size * sizeof(struct namespace_node *));

        if (!changed)
            abort();
        namespaces->changed = changed;
        namespaces->changed_size = size;
    }
    namespaces->changed[namespaces->changed_count++] = node;
}

static struct namespace_node *node_new(struct str name)
{
    struct namespace_node *node = memory_zeroed(1, sizeof(*node) + name.len);

    if (name.len > 0)
        memcpy(node->name, name.ptr, name.len);
    node->entry.name = (struct str){node->name, name.len};
    return node;
}

static const struct stream_policy **copy_own(const struct stream_policy *const *own, size_t count,
                                             size_t size)
{
    const struct stream_policy **copy = size > 0 ? calloc(size, sizeof(struct stream_policy *)) : NULL;

    if (size > 0 && !copy)
        abort();
    if (count > 0)
        memcpy(copy, own, count * sizeof(*copy));
    return copy;
}

/* The node of that name, new or not, that may be changed: its policy will be worked out. */
static struct namespace_node *open_node(struct cluster_namespaces *namespaces, struct str name)
{
    struct namespace_node *there = find_node(namespaces, name);
    struct namespace_node *node;

    if (there && !there->published)
        return there;
    node = node_new(name);
    if (there) {
        node->entry.object = there->entry.object;
        node->own = copy_own(there->own, there->own_count, there->own_count);
        node->own_count = there->own_count;
        retired_add(namespaces->retired, there, dispose_node);
    }
    (void)persistent_table_put(&namespaces->entries, &node->entry);
    note_changed(namespaces, node);
    return node;
}

/* Nothing is left that makes it one. */
static void close_node(struct cluster_namespaces *namespaces, struct namespace_node *node)
{
    if (node->entry.object || node->own_count > 0)
        return;
    (void)persistent_table_remove(&namespaces->entries, (struct str){NULL, 0}, node->entry.name);
    node->gone = true;
    retired_add(namespaces->retired, node, dispose_node);
}

static const struct namespace_object *set_object(struct cluster_namespaces *namespaces, struct str name,
                                                 const struct namespace_object *object)
{
    struct namespace_node *node = open_node(namespaces, name);
    const struct namespace_object *there = node->entry.object;

    node->entry.object = object;
    namespaces->object_count += object && !there;
    namespaces->object_count -= !object && there;
    if (cluster_objects_is_shared(there) != cluster_objects_is_shared(object))
        namespaces->shared_changed = true;
    close_node(namespaces, node);
    return there;
}

const struct namespace_object *cluster_namespaces_put(struct cluster_namespaces *namespaces,
                                                      const struct namespace_object *object)
{
    return set_object(namespaces, object->name, object);
}

const struct namespace_object *cluster_namespaces_remove(struct cluster_namespaces *namespaces,
                                                         struct str name)
{
    if (!cluster_namespaces_find(namespaces, name))
        return NULL;
    return set_object(namespaces, name, NULL);
}

const struct namespace_object *cluster_namespaces_find(const struct cluster_namespaces *namespaces,
                                                       struct str name)
{
    const struct namespace_node *node = find_node(namespaces, name);

    return node ? node->entry.object : NULL;
}

/* Takes `old` out of the own policies, and puts `new` in its place by name; either may be NULL. */
static void change_own(struct cluster_namespaces *namespaces, struct str namespace,
                       const struct stream_policy *old, const struct stream_policy *new)
{
    struct namespace_node *node = open_node(namespaces, namespace);
    const struct stream_policy **own = copy_own(NULL, 0, node->own_count + 1);
    size_t count = 0;

    for (size_t i = 0; i < node->own_count; i++) {
        if (new &&str_compare(new->name, node->own[i]->name) < 0) {
            own[count++] = new;
            new = NULL;
        }
        if (node->own[i] != old)
            own[count++] = node->own[i];
    }
    if (new)
        own[count++] = new;
    free(node->own);
    node->own = own;
    node->own_count = count;
    close_node(namespaces, node);
}

static void change_policy(struct cluster_namespaces *namespaces, const struct stream_policy *old,
                          const struct stream_policy *new)
{
    struct str namespace = new ? new->namespace : old->namespace;

    if (namespace.len == 0)
        namespaces->cluster_changed = true;
    else
        change_own(namespaces, namespace, old, new);
}

const struct stream_policy *cluster_namespaces_put_policy(struct cluster_namespaces *namespaces,
                                                          const struct stream_policy *policy)
{
    const struct stream_policy *there = persistent_table_put(&namespaces->policies, policy);

    change_policy(namespaces, there, policy);
    return there;
}

const struct stream_policy *cluster_namespaces_remove_policy(struct cluster_namespaces *namespaces,
                                                             struct str namespace, struct str name)
{
    const struct stream_policy *there = persistent_table_remove(&namespaces->policies, namespace, name);

    if (there)
        change_policy(namespaces, there, NULL);
    return there;
}

static int compare_names(const void *a, const void *b)
{
    return str_compare((*(const struct stream_policy *const *)a)->name,
                       (*(const struct stream_policy *const *)b)->name);
}

static struct policy_set *make_set(struct cluster_namespaces *namespaces)
{
    struct policy_set *set = set_new();
    const void **all = persistent_table_list(&namespaces->policies, &set->arena);

    set->policies = (const struct stream_policy **)all;
    for (size_t i = 0; i < namespaces->policies.count; i++) {
        const struct stream_policy *policy = all[i];

        if (policy->namespace.len == 0)
            set->policies[set->count++] = policy;
    }
    if (set->count > 1)
        qsort(set->policies, set->count, sizeof(*set->policies), compare_names);
    return set;
}

/* Entries that nothing changed, but that depend on what did. */
static void open_dependants(struct cluster_namespaces *namespaces)
{
    struct arena arena;
    const void **entries;
    size_t count = namespaces->entries.count;

    arena_init(&arena);
    entries = persistent_table_list(&namespaces->entries, &arena);
    for (size_t i = 0; i < count; i++) {
        const struct namespace_node *node = entries[i];

        if (namespaces->cluster_changed || node->own_count > 0)
            (void)open_node(namespaces, node->entry.name);
    }
    arena_release(&arena);
}

/* Twice: to see how much memory it takes, then into as much. */
static void work_out_own(const struct policy_scope *scope, struct namespace_node *node)
{
    const struct policy_namespace namespace = {node->entry.name, node->entry.object, node->own,
                                               node->own_count};
    struct effective_policy draft;
    struct effective_policy *policy;
    struct arena arena;
    size_t head = (sizeof(*policy) + 15) & ~(size_t)15;
    size_t rest;

    arena_init(&arena);
    effective_policy_merge(&arena, scope, &namespace, &draft);
    rest = arena.used > 0 ? arena.used : ARENA_ALIGN; /* policies that set nothing need none */
    arena_release(&arena);
    policy = memory_bytes(head + rest);
    arena_init_buffer(&arena, (char *)policy + head, rest);
    effective_policy_merge(&arena, scope, &namespace, policy);
    assert(!arena.chunks);
    node->worked_out = policy;
    node->entry.policy = policy;
}

static void work_out(struct cluster_namespaces *namespaces)
{
    for (size_t i = 0; i < namespaces->changed_count; i++) {
        struct namespace_node *node = namespaces->changed[i];

        if (node->gone)
            continue;
        if (node->own_count == 0)
            node->entry.policy =
                policy_sharing_find(&namespaces->set->sharing, node->entry.name, node->entry.object);
        if (!node->entry.policy)
            work_out_own(&namespaces->set->sharing.scope, node);
        node->published = true;
    }
    namespaces->changed_count = 0;
}

void cluster_namespaces_publish(struct cluster_namespaces *namespaces, struct arena *arena,
                                struct cluster_view *ret)
{
    struct policy_scope scope;

    if (namespaces->cluster_changed || namespaces->shared_changed)
        open_dependants(namespaces);
    if (namespaces->cluster_changed) {
        retired_add(namespaces->retired, namespaces->set, dispose_set);
        namespaces->set = make_set(namespaces);
        namespaces->view.cluster_policies = namespaces->set->policies;
        namespaces->view.cluster_policy_count = namespaces->set->count;
        scope = cluster_view_policy_scope(&namespaces->view);
        policy_sharing_init(&namespaces->set->sharing, &namespaces->set->arena, &scope);
    }
    namespaces->cluster_changed = false;
    namespaces->shared_changed = false;
    work_out(namespaces);
    ret->namespaces = persistent_table_publish(&namespaces->entries, arena);
    ret->cluster_policies = namespaces->view.cluster_policies;
    ret->cluster_policy_count = namespaces->view.cluster_policy_count;
}
