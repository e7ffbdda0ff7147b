/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cluster/view_table.h"

#include <assert.h>
#include <string.h>

enum { SLOTS_MIN = 8 };

static struct str text_at(const void *object, size_t offset)
{
    struct str text = {NULL, 0};

    if (offset != SIZE_MAX)
        memcpy(&text, (const char *)object + offset, sizeof(text));
    return text;
}

uint64_t view_table_hash(const struct view_table *table, struct str namespace, struct str name)
{
    return str_hash(name, namespace.len > 0 ? str_hash(namespace, table->seed) : table->seed);
}

uint64_t view_table_hash_object(const struct view_table *table, const void *object)
{
    return view_table_hash(table, text_at(object, table->names.namespace_offset),
                           text_at(object, table->names.name_offset));
}

size_t view_table_shard(const struct view_table *table, uint64_t hash)
{
    return hash & table->shard_mask;
}

static size_t first_slot(const struct view_shard *shard, uint64_t hash)
{
    return (hash >> VIEW_SHARD_BITS) & shard->mask;
}

static inline bool is_named(const struct view_table *table, const void *object, struct str namespace,
                            struct str name)
{
    return str_equal(text_at(object, table->names.name_offset), name) &&
           str_equal(text_at(object, table->names.namespace_offset), namespace);
}

/* The index of the slot that holds this name, or of the free one where it belongs. */
static inline size_t find_slot(const struct view_table *table, const struct view_shard *shard, uint64_t hash,
                               struct str namespace, struct str name)
{
    for (size_t i = first_slot(shard, hash);; i = (i + 1) & shard->mask) {
        const struct view_slot *slot = &shard->slots[i];

        if (!slot->object)
            return i;
        if (slot->hash == hash && is_named(table, slot->object, namespace, name))
            return i;
    }
}

const void *view_table_find(const struct view_table *table, struct str namespace, struct str name)
{
    uint64_t hash = view_table_hash(table, namespace, name);
    const struct view_shard *shard = table->shards[view_table_shard(table, hash)];

    return shard->slots[find_slot(table, shard, hash, namespace, name)].object;
}

static size_t slots_for(size_t count)
{
    size_t slots = SLOTS_MIN;

    assert(count <= VIEW_COUNT_MAX);
    while (slots < count * 2)
        slots *= 2;
    return slots;
}

size_t view_shard_size(size_t count)
{
    return sizeof(struct view_shard) + slots_for(count) * sizeof(struct view_slot);
}

void view_shard_init(struct view_shard *shard, size_t count)
{
    memset(shard, 0, view_shard_size(count));
    shard->mask = (uint32_t)(slots_for(count) - 1);
}

bool view_shard_is_full(const struct view_shard *shard)
{
    return shard->count * 2 >= shard->mask + 1;
}

const void *view_shard_put(const struct view_table *table, struct view_shard *shard, const void *object)
{
    uint64_t hash = view_table_hash_object(table, object);
    struct view_slot *slot =
        &shard->slots[find_slot(table, shard, hash, text_at(object, table->names.namespace_offset),
                                text_at(object, table->names.name_offset))];
    const void *there = slot->object;

    assert(there || !view_shard_is_full(shard));
    shard->count += !there;
    *slot = (struct view_slot){hash, object};
    return there;
}

void view_shard_add_all(struct view_shard *shard, const struct view_shard *from, const void *left_out)
{
    for (size_t i = 0; i <= from->mask; i++) {
        const struct view_slot *slot = &from->slots[i];
        size_t at = first_slot(shard, slot->hash);

        if (!slot->object || slot->object == left_out)
            continue;
        assert(!view_shard_is_full(shard));
        while (shard->slots[at].object)
            at = (at + 1) & shard->mask;
        shard->slots[at] = *slot;
        shard->count++;
    }
}

struct view_table *view_table_new(struct arena *arena, struct view_names names, size_t count, uint64_t seed,
                                  struct view_shard **ret_shard)
{
    struct view_table *table = ARENA_NEW(arena, struct view_table);
    const struct view_shard **shards = ARENA_ARRAY(arena, 1, const struct view_shard *);
    struct view_shard *shard = arena_alloc(arena, view_shard_size(count));

    view_shard_init(shard, count);
    shards[0] = shard;
    *table = (struct view_table){.seed = seed, .names = names, .shards = shards};
    *ret_shard = shard;
    return table;
}
