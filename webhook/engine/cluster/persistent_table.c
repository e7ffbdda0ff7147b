/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/persistent_table.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* What every shard is at first; it has no owner. */
static const struct view_shard empty = {.slots = {{0, NULL}}};

static bool is_empty(const struct view_shard *shard)
{
    return shard == &empty;
}

void persistent_table_init(struct persistent_table *table, struct view_names names, uint64_t seed,
                           struct retired *retired)
{
    *table = (struct persistent_table){
        .view = {.seed = seed, .names = names, .shard_mask = PERSISTENT_SHARDS - 1, .shards = table->shards},
        .retired = retired,
    };
    for (size_t i = 0; i < PERSISTENT_SHARDS; i++)
        table->shards[i] = &empty;
}

void persistent_table_release(struct persistent_table *table)
{
    for (size_t i = 0; i < PERSISTENT_SHARDS; i++) {
        if (!is_empty(table->shards[i]))
            free((void *)(uintptr_t)table->shards[i]);
    }
    memset(table, 0, sizeof(*table));
}

const void *persistent_table_find(const struct persistent_table *table, struct str namespace, struct str name)
{
    return view_table_find(&table->view, namespace, name);
}

/* Puts a copy with room for `count` objects, without one of them, in the shard's place. */
static struct view_shard *replace_shard(struct persistent_table *table, size_t index, size_t count,
                                        const void *left_out)
{
    const struct view_shard *old = table->shards[index];
    struct view_shard *shard = memory_bytes(view_shard_size(count));

    view_shard_init(shard, count);
    view_shard_add_all(shard, old, left_out);
    table->shards[index] = shard;
    if (table->own[index])
        free((void *)(uintptr_t)old);
    else if (!is_empty(old))
        retired_add(table->retired, old, free);
    table->own[index] = true;
    return shard;
}

const void *persistent_table_put(struct persistent_table *table, const void *object)
{
    size_t index = view_table_shard(&table->view, view_table_hash_object(&table->view, object));
    const struct view_shard *shard = table->shards[index];
    const void *there;

    if (!table->own[index] || view_shard_is_full(shard))
        shard = replace_shard(table, index, shard->count + 1 + shard->count / 4, NULL);
    there = view_shard_put(&table->view, (struct view_shard *)(uintptr_t)shard, object);
    table->count += !there;
    return there;
}

const void *persistent_table_remove(struct persistent_table *table, struct str namespace, struct str name)
{
    size_t index = view_table_shard(&table->view, view_table_hash(&table->view, namespace, name));
    const void *there = persistent_table_find(table, namespace, name);

    if (!there)
        return NULL;
    (void)replace_shard(table, index, table->shards[index]->count, there);
    table->count--;
    return there;
}

const void **persistent_table_list(const struct persistent_table *table, struct arena *arena)
{
    const void **ret = ARENA_ARRAY(arena, table->count, const void *);
    size_t count = 0;

    for (size_t i = 0; i < PERSISTENT_SHARDS; i++) {
        const struct view_shard *shard = table->shards[i];

        for (size_t k = 0; k <= shard->mask; k++) {
            if (shard->slots[k].object)
                ret[count++] = shard->slots[k].object;
        }
    }
    return ret;
}

const struct view_table *persistent_table_publish(struct persistent_table *table, struct arena *arena)
{
    struct view_table *ret = ARENA_NEW(arena, struct view_table);
    const struct view_shard **shards = arena_alloc(arena, sizeof(table->shards));

    memcpy(shards, table->shards, sizeof(table->shards));
    memset(table->own, 0, sizeof(table->own));
    *ret = table->view;
    ret->shards = shards;
    return ret;
}
