/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_CLUSTER_VIEW_TABLE_H
#define WEIR_CORE_CLUSTER_VIEW_TABLE_H

#include "base/arena.h"

/*
 * Objects by namespace and name, in constant time. A table is an array of
 * shards, each open addressing with linear probing and at most half full; a
 * change to an object concerns one shard, so that a table with the change is a
 * copy of the array and of that shard, and shares all others with the table
 * before it. Who owns shards and arrays is the maker's affair: here is only
 * how they are laid out. A table that is read must not change.
 *
 * All kinds of objects share the code: where their names stand is the table's.
 */
struct view_slot {
    uint64_t hash;
    const void *object; /* NULL: free */
};

struct view_shard {
    uint32_t mask; /* slots - 1 */
    uint32_t count;
    struct view_slot slots[];
};

enum {
    VIEW_SHARD_BITS = 16, /* of the hash choose the shard, as many as are needed */
    VIEW_COUNT_MAX = 1 << 30,
};

/* Where the objects of a table have their names: offsets of a struct str in them. */
struct view_names {
    size_t namespace_offset; /* SIZE_MAX: they are of the cluster's scope */
    size_t name_offset;
};

/* Of structs that have them in `namespace` and `name`. */
#define VIEW_NAMES(type) ((struct view_names){offsetof(type, namespace), offsetof(type, name)})

struct view_table {
    uint64_t seed; /* keys the hash, so that names cannot be chosen to collide */
    struct view_names names;
    size_t shard_mask; /* shards - 1 */
    const struct view_shard *const *shards;
};

/* NULL where there is none. */
const void *view_table_find(const struct view_table *table, struct str namespace, struct str name);

uint64_t view_table_hash(const struct view_table *table, struct str namespace, struct str name);
uint64_t view_table_hash_object(const struct view_table *table, const void *object);
/* The shard's index in the array. */
size_t view_table_shard(const struct view_table *table, uint64_t hash);

/* Bytes of a shard that has room for `count` objects, and one made in such a place. */
size_t view_shard_size(size_t count);
void view_shard_init(struct view_shard *shard, size_t count);
bool view_shard_is_full(const struct view_shard *shard);
/* Replaces the object of the same name, which it returns, or NULL. The shard is not full. */
const void *view_shard_put(const struct view_table *table, struct view_shard *shard, const void *object);
/* Adds all objects of `from` but `left_out`, which may be NULL. `shard` has room for them. */
void view_shard_add_all(struct view_shard *shard, const struct view_shard *from, const void *left_out);

/* A table of one shard with room for `count` objects, in the arena. */
struct view_table *view_table_new(struct arena *arena, struct view_names names, size_t count, uint64_t seed,
                                  struct view_shard **ret_shard);

#endif
