/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_CLUSTER_VIEW_H
#define WEIR_CORE_CLUSTER_VIEW_H

#include "core/cluster/view_table.h"
#include "core/object/cluster_objects.h"
#include "core/policy/effective_policy.h"

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
    size_t undecoded_policies; /* of all namespaces: each makes the policy of some incomplete */
};

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

/* What the view's cluster policies bring to the policy of each namespace; lives as long as the view. */
struct policy_scope cluster_view_policy_scope(const struct cluster_view *view);

#endif
