/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_SCAN_STRING_H
#define WEIR_BASE_JSON_SCAN_STRING_H

#include "base/json_scan.h"

/* Strings and member names of json_scan, for json_scan_*.c alone. */

/* What the inside of a string, whose escapes are known to be legal, stands for. In the arena. */
struct str json_scan_decode(struct arena *arena, struct str raw);

static inline void json_scan_keys_init(struct json_scan_keys *keys)
{
    memset(keys->bloom, 0, sizeof(keys->bloom));
    keys->items = keys->inline_items;
    keys->count = 0;
    keys->size = ARRAY_LEN(keys->inline_items);
    keys->table = NULL;
    keys->table_size = 0;
}

/* From the length and the two bytes at both ends. */
static inline unsigned json_scan_key_hash(struct str key)
{
    uint16_t first = 0;
    uint16_t last = 0;

    if (key.len >= 2) {
        memcpy(&first, key.ptr, 2);
        memcpy(&last, key.ptr + key.len - 2, 2);
    } else if (key.len == 1) {
        first = (unsigned char)key.ptr[0];
    }
    return (first * 0x9E3779B1U + last * 0x85EBCA77U + (unsigned)key.len * 0xC2B2AE3DU) >> 24;
}

/* Whether no key of that hash was added; notes that one is. */
static inline bool json_scan_keys_is_new(struct json_scan_keys *keys, unsigned hash)
{
    uint64_t *bloom = &keys->bloom[hash / 64];
    uint64_t bit = UINT64_C(1) << hash % 64;

    if ((*bloom & bit) != 0)
        return false;
    *bloom |= bit;
    return true;
}

/* The same as json_scan_keys_add() for a key that may be known already, or when there are many. */
bool json_scan_keys_add_far(struct json_scan_keys *keys, struct arena *arena, struct str key);

/* False where `key` was added before. It must stay valid as long as `keys`. */
static inline bool json_scan_keys_add(struct json_scan_keys *keys, struct arena *arena, struct str key)
{
    if (keys->count >= ARRAY_LEN(keys->inline_items) || !json_scan_keys_is_new(keys, json_scan_key_hash(key)))
        return json_scan_keys_add_far(keys, arena, key);
    keys->inline_items[keys->count++] = key;
    return true;
}

#endif
