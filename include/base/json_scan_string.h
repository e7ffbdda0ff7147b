/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_SCAN_STRING_H
#define WEIR_BASE_JSON_SCAN_STRING_H

#include "base/json_scan.h"

/* Strings and member names of json_scan, for json_scan_*.c alone. */

/* What the inside of a string, whose escapes are known to be legal, stands for. In the arena. */
struct str json_scan_decode(struct arena *arena, struct str raw);

static inline void json_scan_keys_init(struct json_scan_keys *keys)
{
    keys->bloom = 0;
    keys->items = keys->inline_items;
    keys->count = 0;
    keys->size = ARRAY_LEN(keys->inline_items);
    keys->table = NULL;
    keys->table_size = 0;
}

/* One of 64 bits, from the length, the middle and both ends. */
static inline uint64_t json_scan_key_bit(struct str key)
{
    unsigned mix = (unsigned)key.len * 5;

    if (key.len > 0)
        mix += (unsigned char)key.ptr[0] + (unsigned char)key.ptr[key.len / 2] * 3U +
               (unsigned char)key.ptr[key.len - 1] * 9U;
    return UINT64_C(1) << (mix % 64);
}

/* The same as json_scan_keys_add() for a key that may be known already, or when there are many. */
bool json_scan_keys_add_far(struct json_scan_keys *keys, struct arena *arena, struct str key);

/* False where `key` was added before. It must stay valid as long as `keys`. */
static inline bool json_scan_keys_add(struct json_scan_keys *keys, struct arena *arena, struct str key)
{
    uint64_t bit = json_scan_key_bit(key);

    if ((keys->bloom & bit) != 0 || keys->count >= ARRAY_LEN(keys->inline_items))
        return json_scan_keys_add_far(keys, arena, key);
    keys->bloom |= bit;
    keys->inline_items[keys->count++] = key;
    return true;
}

#endif
