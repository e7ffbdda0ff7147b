/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_PERSISTENT_TABLE_H
#define WEIR_ENGINE_CLUSTER_PERSISTENT_TABLE_H

#include "core/cluster/view_table.h"
#include "engine/cluster/retired.h"

/*
 * A table (core/cluster/view_table.h) that changes, for one writer, and that hands out
 * what it is at a moment to any number of readers. What has been handed out
 * never changes: the shard that a change concerns is copied the first time,
 * and the one before goes to `retired`, as the objects do that are replaced or
 * removed, which are the caller's to retire.
 */
enum { PERSISTENT_SHARDS = 512 };

struct persistent_table {
    struct view_table view; /* as the writer sees it */
    const struct view_shard *shards[PERSISTENT_SHARDS];
    bool own[PERSISTENT_SHARDS]; /* made since the last publication: changed in place */
    size_t count;
    struct retired *retired;
};

/* Not to be moved afterwards. `retired` is borrowed. */
void persistent_table_init(struct persistent_table *table, struct view_names names, uint64_t seed,
                           struct retired *retired);
/* Frees the shards, not the objects. No reader may still have what was published. */
void persistent_table_release(struct persistent_table *table);

/* NULL where there is none. */
const void *persistent_table_find(const struct persistent_table *table, struct str namespace,
                                  struct str name);
/* Returns the object of the same name that was there, or NULL. */
const void *persistent_table_put(struct persistent_table *table, const void *object);
/* Takes out the object of that name, which it returns, or NULL. */
const void *persistent_table_remove(struct persistent_table *table, struct str namespace, struct str name);

/* All objects, in no order, in the arena: count of them. */
const void **persistent_table_list(const struct persistent_table *table, struct arena *arena);

/* What the table is now, in the arena: immutable, as long as shards and objects are kept. */
const struct view_table *persistent_table_publish(struct persistent_table *table, struct arena *arena);

#endif
