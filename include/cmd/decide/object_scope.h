/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_DECIDE_OBJECT_SCOPE_H
#define WEIR_CMD_DECIDE_OBJECT_SCOPE_H

#include "cmd/line/options.h"
#include "engine/cluster/store.h"

/*
 * The objects by which a command decides: of files, of a whole cluster, or of
 * one namespace of a cluster, for people whose rights end there. Owned by the
 * thread that opened it; answers may borrow from it until it is closed.
 */
struct object_scope {
    struct object_scope *next; /* the owner's */
    struct str namespace;      /* empty: all */
    struct snapshot_slot *slot;
    struct cluster_store *cluster; /* NULL: of files */
    const struct snapshot *snapshot;
    struct cluster_view view;
};

/* Each takes an empty one, which must be closed, also where it fails. `quiet`: no warnings on stderr. */
MUST_CHECK int object_scope_load(const struct option_list *paths, bool quiet, struct object_scope *ret,
                                 struct error *err);
/* Lists once; the watches that begin afterwards are not waited for. ERROR_FORBIDDEN: not for us to read. */
MUST_CHECK int object_scope_list(const struct kube_config *config, struct str namespace,
                                 struct object_scope *ret, struct error *err);
void object_scope_close(struct object_scope *scope);

/* Warns on stderr about what of the whole cluster was not there, or not for us to read. */
void object_scope_tell_gaps(struct object_scope *scope);

#endif
