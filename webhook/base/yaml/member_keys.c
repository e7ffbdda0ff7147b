/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/member_keys.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void member_keys_reset(struct member_keys *keys, size_t count)
{
    size_t size = 16;

    while (size < count * 2)
        size *= 2;
    if (size > keys->allocated) {
        free(keys->slots);
        keys->slots = memory_bytes(size * sizeof(*keys->slots));
        keys->allocated = size;
    }
    keys->mask = size - 1;
    memset(keys->slots, 0, size * sizeof(*keys->slots));
}

bool member_keys_put(struct member_keys *keys, const struct value *member)
{
    size_t i = str_hash(member->key, (uintptr_t)keys) & keys->mask;

    for (; keys->slots[i]; i = (i + 1) & keys->mask) {
        if (str_equal(keys->slots[i]->key, member->key))
            return false;
    }
    keys->slots[i] = member;
    return true;
}

void member_keys_release(struct member_keys *keys)
{
    free(keys->slots);
    *keys = (struct member_keys){NULL, 0, 0};
}
