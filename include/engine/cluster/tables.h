/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_TABLES_H
#define WEIR_ENGINE_CLUSTER_TABLES_H

#include "edge/kube/list.h"
#include "engine/cluster/namespaces.h"
#include "engine/cluster/snapshot.h"
#include "engine/cluster/stored_object.h"

/*
 * All objects of a cluster that is followed, as one writer changes them, and
 * the snapshots that are made of them: each costs about as much as what changed
 * since the one before, whatever the cluster's size.
 */
enum cluster_resource {
    CLUSTER_STREAMS,
    CLUSTER_OPENSHIFT_STREAMS,
    CLUSTER_POLICIES,
    CLUSTER_CLUSTER_POLICIES,
    CLUSTER_NAMESPACES,
    CLUSTER_RESOURCES,
};

struct cluster_resource_row {
    struct kube_resource resource;
    struct object_header header; /* of each object */
    const char *name;            /* "imagestreams.weir.dev": for people and metrics */
    bool metadata_only;
    bool optional; /* most clusters do not have it */
};
extern const struct cluster_resource_row cluster_tables_resources[CLUSTER_RESOURCES];

struct cluster_tables;

struct cluster_tables *cluster_tables_new(void);
/* Frees snapshots and objects, too; no reader may be left. */
void cluster_tables_free(struct cluster_tables *tables);

/* NULL where there is none. */
struct stored_object *cluster_tables_find(const struct cluster_tables *tables, enum cluster_resource resource,
                                          struct str namespace, struct str name);
/* Takes the object, and replaces the one of the same name. */
void cluster_tables_put(struct cluster_tables *tables, enum cluster_resource resource,
                        struct stored_object *object);
/* False where there is none. */
bool cluster_tables_remove(struct cluster_tables *tables, enum cluster_resource resource,
                           struct str namespace, struct str name);
/* Removes all whose mark is another; returns how many. */
size_t cluster_tables_sweep(struct cluster_tables *tables, enum cluster_resource resource, uint64_t mark);
/* Without those that stand in for what does not decode. */
size_t cluster_tables_count(const struct cluster_tables *tables, enum cluster_resource resource);

/* Keyed hash of an object's uid and resourceVersion. */
uint64_t cluster_tables_version(const struct cluster_tables *tables, struct str uid,
                                struct str resource_version);

/* Since the last publication. */
bool cluster_tables_is_changed(const struct cluster_tables *tables);
/* Publishes what there is now, and frees what no reader needs any more. */
void cluster_tables_publish(struct cluster_tables *tables, struct snapshot_slot *slot);
/* Frees what only snapshots needed that are unused by now. True: there is more to come. */
bool cluster_tables_reap(struct cluster_tables *tables);

#endif
