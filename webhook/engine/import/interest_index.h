/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_INTEREST_INDEX_H
#define WEIR_ENGINE_IMPORT_INTEREST_INDEX_H

#include "base/str.h"

/*
 * Who is to hear of a thing by its name: streams of the streams that their tags
 * follow, and of the repositories that they import from. Names are kept as keyed
 * hashes alone: two that collide cost a look in vain. One owning thread.
 */
struct interest_index;

/* One party's interests; lives with it. Zero before use. */
struct interest {
    struct interest_link *first;
    uint64_t signature; /* of the set of keys */
};

struct interest_index *interest_index_new(uint64_t seed);
/* All interests have been ended. */
void interest_index_free(struct interest_index *index);

/* The key of a name of two parts; `kind` keeps names of different kinds apart. */
uint64_t interest_index_key(const struct interest_index *index, unsigned kind, struct str first,
                            struct str second);

/* These keys alone, in any order, from now on; cheap where they are the same as before. */
void interest_index_set(struct interest_index *index, struct interest *interest, const uint64_t *keys,
                        size_t count);
/* Calls with each interest in the key. The index must not change meanwhile. */
void interest_index_visit(struct interest_index *index, uint64_t key,
                          void (*visit)(void *ctx, struct interest *interest), void *ctx);

#endif
