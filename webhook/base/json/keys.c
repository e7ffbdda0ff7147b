/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/keys.h"

#include <string.h>

/*
 * Up to KEYS_LINEAR members are compared one by one; beyond, a hash table is
 * kept, so that a map as large as the body costs no more a member than a small one.
 */
enum { KEYS_LINEAR = 32 };

static bool is_known(const struct json_keys *keys, struct str key)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (str_equal(keys->items[i], key))
            return true;
    }
    return false;
}

static void grow(struct json_keys *keys, struct arena *arena)
{
    struct str *old = keys->items;

    keys->items = arena_alloc(arena, keys->size * 2 * sizeof(*old));
    memcpy(keys->items, old, keys->size * sizeof(*old));
    keys->size *= 2;
}

static inline void append(struct json_keys *keys, struct arena *arena, struct str key)
{
    if (keys->count == keys->size)
        grow(keys, arena);
    keys->items[keys->count++] = key;
}

/* The slot of the key, or the empty one where it belongs. Slots hold index + 1. */
static uint32_t *find_slot(const struct json_keys *keys, struct str key)
{
    /* The stack's address is what a stranger who picks colliding names does not know. */
    size_t slot = (size_t)str_hash(key, (uint64_t)(uintptr_t)keys) & (keys->table_size - 1);

    while (keys->table[slot] != 0 && !str_equal(keys->items[keys->table[slot] - 1], key))
        slot = (slot + 1) & (keys->table_size - 1);
    return &keys->table[slot];
}

static void rebuild_table(struct json_keys *keys, struct arena *arena)
{
    keys->table_size = keys->size * 2; /* a power of two, at least half of it empty */
    keys->table = ARENA_ARRAY(arena, keys->table_size, uint32_t);
    for (size_t i = 0; i < keys->count; i++)
        *find_slot(keys, keys->items[i]) = (uint32_t)i + 1;
}

static bool add_hashed(struct json_keys *keys, struct arena *arena, struct str key)
{
    uint32_t *slot;

    if (keys->table_size < keys->count * 2)
        rebuild_table(keys, arena);
    slot = find_slot(keys, key);
    if (*slot != 0)
        return false;
    append(keys, arena, key);
    *slot = (uint32_t)keys->count;
    return true;
}

bool json_keys_add(struct json_keys *keys, struct arena *arena, struct str key)
{
    if (keys->count >= KEYS_LINEAR)
        return add_hashed(keys, arena, key);
    if (is_known(keys, key))
        return false;
    append(keys, arena, key);
    return true;
}
