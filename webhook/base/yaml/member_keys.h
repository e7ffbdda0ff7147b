/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_YAML_MEMBER_KEYS_H
#define WEIR_BASE_YAML_MEMBER_KEYS_H

#include "base/value.h"

/* The keys of one map at a time, to tell a second member of a name; the zero value is ready for use. */
struct member_keys {
    const struct value **slots; /* open addressing; from malloc, kept from map to map */
    size_t mask;
    size_t allocated;
};

/* Forgets the last map's; room for `count`. */
void member_keys_reset(struct member_keys *keys, size_t count);
/* False where a member of that name is there already. */
bool member_keys_put(struct member_keys *keys, const struct value *member);
void member_keys_release(struct member_keys *keys);

#endif
