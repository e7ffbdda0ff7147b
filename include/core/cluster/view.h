/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_CLUSTER_VIEW_H
#define WEIR_CORE_CLUSTER_VIEW_H

#include "core/cluster/view_table.h"
#include "core/object/image_stream.h"
#include "core/object/stream_policy.h"
#include "core/registry/credentials.h"

struct namespace_object {
    struct str name;
    const struct label *labels; /* with kubernetes.io/metadata.name, always */
    size_t label_count;
};

struct service_account {
    struct str namespace;
    struct str name;
    const struct str *pull_secrets; /* imagePullSecrets[].name */
    size_t pull_secret_count;
};

struct pull_secret {
    struct str namespace;
    struct str name;
    struct docker_config config;
    struct str problem; /* not empty: its content is unusable, and why */
    bool unread;        /* the problem is not the content: that could not be had */
};

/* The objects a view is made of, in any order, borrowed. */
struct cluster_objects {
    const struct image_stream *const *streams;
    size_t stream_count;
    const struct stream_policy *const *policies;
    size_t policy_count;
    const struct namespace_object *const *namespaces;
    size_t namespace_count;
    const struct service_account *const *service_accounts;
    size_t service_account_count;
    const struct pull_secret *const *secrets;
    size_t secret_count;
};

/* What is kept about a namespace; `object` is NULL where only a policy names it. */
struct namespace_entry {
    struct str name;
    const struct namespace_object *object;
    const struct effective_policy *policy;
};

/*
 * The cluster's objects at one moment, read-only, found by name in constant
 * time. Borrows the objects; the tables are the arena's.
 */
struct cluster_view {
    const struct view_table *streams;       /* struct image_stream */
    const struct view_table *other_streams; /* of lower rank where both have a name; may be NULL */
    const struct view_table *namespaces;    /* struct namespace_entry */
    const struct view_table *service_accounts;
    const struct view_table *secrets;
    const struct stream_policy *const *cluster_policies; /* sorted by name */
    size_t cluster_policy_count;
    size_t stream_count;
};

/* `seed` keys the tables' hash, so that names cannot be chosen to collide. */
void cluster_view_build(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                        struct cluster_view *ret);

/* Each NULL where there is none. */
const struct image_stream *cluster_view_stream(const struct cluster_view *view, struct str namespace,
                                               struct str name);
const struct namespace_object *cluster_view_namespace(const struct cluster_view *view, struct str name);
const struct service_account *cluster_view_service_account(const struct cluster_view *view,
                                                           struct str namespace, struct str name);
const struct pull_secret *cluster_view_secret(const struct cluster_view *view, struct str namespace,
                                              struct str name);

/*
 * The effective policy of a namespace: prepared for those that have a Namespace
 * object or a StreamPolicy, worked out in `arena` for others. Never NULL.
 */
const struct effective_policy *cluster_view_policy(const struct cluster_view *view, struct arena *arena,
                                                   struct str namespace);

/* Works out what holds in a namespace with these policies of its own, sorted by name. `object` may be NULL.
 */
void cluster_view_work_out(struct arena *arena, const struct cluster_view *view, struct str namespace,
                           const struct namespace_object *object, const struct stream_policy *const *own,
                           size_t own_count, struct effective_policy *ret);
/* The label weir.dev/shared: "true": the namespace's streams are for everybody. */
bool namespace_is_shared(const struct namespace_object *object);

#endif
