/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_SNAPSHOT_H
#define WEIR_ENGINE_CLUSTER_SNAPSHOT_H

#include "core/cluster/view.h"

/*
 * The cluster's objects at one moment: immutable, counted, shared by all
 * threads. A request acquires the current one, and releases it at its end.
 */
struct snapshot {
    struct arena arena; /* owns everything the view borrows */
    struct cluster_view view;
    uint64_t generation; /* counts publications, from 1 */
    uint64_t signature;  /* of the files it was read from (engine/object/paths.h); 0: unknown */
    bool of_cluster;     /* followed: pull secrets and owners are asked for when they are needed */
};

/* Where the current snapshot is published. Any thread; one mutex, held for a few instructions. */
struct snapshot_slot;

struct snapshot_slot *snapshot_slot_new(void);
void snapshot_slot_free(struct snapshot_slot *slot);

/* An empty snapshot with an initialized arena, for its maker to fill. */
struct snapshot *snapshot_new(void);
/*
 * The same, but freed by its maker, who owns what several snapshots share:
 * once the slot has another one and the last reader is gone, it is unused for
 * ever. Readers only count, so that no request pays for freeing.
 */
struct snapshot *snapshot_new_kept(void);
bool snapshot_is_unused(const struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot);
/* Takes ownership; the old one is freed by its last reader. */
void snapshot_publish(struct snapshot_slot *slot, struct snapshot *snapshot);
/* NULL before the first publication. */
const struct snapshot *snapshot_acquire(struct snapshot_slot *slot);
void snapshot_release(const struct snapshot *snapshot);

#endif
