/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cluster/view.h"

static const struct namespace_entry *namespace_entry(const struct cluster_view *view, struct str name)
{
    return view_table_find(view->namespaces, (struct str){NULL, 0}, name);
}

const struct image_stream *cluster_view_stream(const struct cluster_view *view, struct str namespace,
                                               struct str name)
{
    const struct image_stream *stream = view_table_find(view->streams, namespace, name);

    if (!stream && view->other_streams)
        stream = view_table_find(view->other_streams, namespace, name);
    return stream;
}

const struct namespace_object *cluster_view_namespace(const struct cluster_view *view, struct str name)
{
    const struct namespace_entry *entry = namespace_entry(view, name);

    return entry ? entry->object : NULL;
}

const struct service_account *cluster_view_service_account(const struct cluster_view *view,
                                                           struct str namespace, struct str name)
{
    return view_table_find(view->service_accounts, namespace, name);
}

const struct pull_secret *cluster_view_secret(const struct cluster_view *view, struct str namespace,
                                              struct str name)
{
    return view_table_find(view->secrets, namespace, name);
}

static bool is_shared(const void *ctx, struct str name)
{
    return cluster_objects_is_shared(cluster_view_namespace(ctx, name));
}

struct policy_scope cluster_view_policy_scope(const struct cluster_view *view)
{
    return (struct policy_scope){view->cluster_policies, view->cluster_policy_count, is_shared, view};
}

const struct effective_policy *cluster_view_policy(const struct cluster_view *view, struct arena *arena,
                                                   struct str namespace)
{
    const struct namespace_entry *entry = namespace_entry(view, namespace);
    struct policy_scope scope;
    struct effective_policy *policy;

    if (entry)
        return entry->policy;
    scope = cluster_view_policy_scope(view);
    policy = ARENA_NEW(arena, struct effective_policy);
    effective_policy_merge(arena, &scope, &(struct policy_namespace){.name = namespace}, policy);
    return policy;
}
