/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/object_scope.h"

#include "engine/object/files.h"

#include <stdio.h>
#include <string.h>

enum { CLUSTER_LIST_MS = 60000 };

static void print_warning(void *ctx, struct str message)
{
    const bool *quiet = ctx;

    if (!*quiet)
        fprintf(stderr, "weir: warning: " STR_FMT "\n", STR_ARG(message));
}

static void look(struct object_scope *scope)
{
    scope->snapshot = snapshot_acquire(scope->slot);
    scope->view = scope->snapshot->view;
}

int object_scope_load(const struct option_list *paths, bool quiet, struct object_scope *ret,
                      struct error *err)
{
    const struct object_files files = {paths->items, paths->count, print_warning, &quiet, NULL};
    struct snapshot *snapshot;

    if (object_files_load(&files, &snapshot, err) < 0)
        return -1;
    ret->slot = snapshot_slot_new();
    snapshot_publish(ret->slot, snapshot);
    look(ret);
    return 0;
}

int object_scope_list(const struct kube_config *config, struct str namespace, struct object_scope *ret,
                      struct error *err)
{
    struct cluster_store_options options = {.config = config, .namespace = namespace};

    ret->namespace = namespace;
    ret->slot = snapshot_slot_new();
    options.slot = ret->slot;
    ret->cluster = cluster_store_start(&options);
    if (cluster_store_wait(ret->cluster, CLUSTER_LIST_MS, err) < 0)
        return -1;
    look(ret);
    return 0;
}

void object_scope_close(struct object_scope *scope)
{
    if (scope->cluster)
        cluster_store_stop(scope->cluster);
    if (scope->snapshot)
        snapshot_release(scope->snapshot);
    if (scope->slot)
        snapshot_slot_free(scope->slot);
    cluster_store_free(scope->cluster);
    memset(scope, 0, sizeof(*scope));
}

void object_scope_tell_gaps(struct object_scope *scope)
{
    struct cluster_store_state state;

    cluster_store_state(scope->cluster, &state);
    if (state.resources[CLUSTER_CLUSTER_POLICIES].absent)
        fprintf(stderr,
                "weir: warning: decided without the ClusterStreamPolicies, which are not for you to "
                "read: " STR_FMT "\n",
                STR_ARG(error_text(&state.resources[CLUSTER_CLUSTER_POLICIES].err)));
    if (state.resources[CLUSTER_NAMESPACES].absent)
        fprintf(stderr,
                "weir: warning: decided without the labels of namespace \"" STR_FMT "\": " STR_FMT "\n",
                STR_ARG(scope->namespace), STR_ARG(error_text(&state.resources[CLUSTER_NAMESPACES].err)));
}
