/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_OBJECT_SET_H
#define WEIR_ENGINE_OBJECT_SET_H

#include "core/object/decode.h"

/*
 * Objects while they are collected from files, with the place of each, so that
 * one that is there twice can be told with both places. Memory is the arena's,
 * which may go before the objects do.
 */
struct object_place {
    const char *file; /* borrowed */
    uint32_t line;
};

struct object_set_entry;

struct object_set {
    struct arena *arena;
    struct object_set_entry *entries;
    size_t count;
    size_t size;
    uint32_t *slots; /* open addressing over entries, index + 1 */
    size_t slot_count;
    struct cluster_objects objects; /* after object_set_finish() */
};

void object_set_init(struct object_set *set, struct arena *arena);
/* ERROR_INVALID where an object of this kind, group, namespace and name is there already. */
MUST_CHECK int object_set_add(struct object_set *set, const struct cluster_object *object,
                              struct object_place place, struct error *err);
/* Sorts the objects by kind, for view_build(). */
const struct cluster_objects *object_set_finish(struct object_set *set);

#endif
