/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_KEYS_H
#define WEIR_BASE_JSON_KEYS_H

#include "base/arena.h"

/* The names of an object's members so far, so that one that is there twice is found. Zeroed by
 * json_keys_init(). */
struct json_keys {
    struct str *items;
    size_t count;
    size_t size;
    struct str inline_items[16];
    uint32_t *table; /* open addressing over items, once there are many */
    size_t table_size;
};

static inline void json_keys_init(struct json_keys *keys)
{
    keys->items = keys->inline_items;
    keys->count = 0;
    keys->size = ARRAY_LEN(keys->inline_items);
    keys->table = NULL;
    keys->table_size = 0;
}

/* False where `key` was added before. It must stay valid as long as `keys`. */
bool json_keys_add(struct json_keys *keys, struct arena *arena, struct str key);

#endif
