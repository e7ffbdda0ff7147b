/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/object/set.h"

#include <string.h>

enum { ENTRIES_FIRST = 64 };

struct object_set_entry {
    struct cluster_object object;
    struct object_place place;
};

void object_set_init(struct object_set *set, struct arena *arena)
{
    *set = (struct object_set){.arena = arena};
}

/* A stream may be there once in each of the two groups. */
static bool is_same(const struct cluster_object *a, const struct cluster_object *b)
{
    return a->kind == b->kind && str_equal(a->name, b->name) && str_equal(a->namespace, b->namespace) &&
           (a->kind != OBJECT_IMAGE_STREAM || a->as.stream->openshift == b->as.stream->openshift);
}

static uint32_t *find_slot(const struct object_set *set, const struct cluster_object *object)
{
    uint64_t hash = str_hash(object->name, str_hash(object->namespace, (uintptr_t)set + object->kind));
    size_t i = hash & (set->slot_count - 1);

    while (set->slots[i] && !is_same(&set->entries[set->slots[i] - 1].object, object))
        i = (i + 1) & (set->slot_count - 1);
    return &set->slots[i];
}

static void grow(struct object_set *set)
{
    size_t size = set->size ? set->size * 2 : ENTRIES_FIRST;

    set->entries = arena_grow(set->arena, set->entries, set->size, size, sizeof(*set->entries));
    set->size = size;
    set->slot_count = size * 2;
    set->slots = ARENA_ARRAY(set->arena, set->slot_count, uint32_t);
    for (size_t i = 0; i < set->count; i++)
        *find_slot(set, &set->entries[i].object) = (uint32_t)i + 1;
}

int object_set_add(struct object_set *set, const struct cluster_object *object, struct object_place place,
                   struct error *err)
{
    uint32_t *slot;

    if (set->count == set->size)
        grow(set);
    slot = find_slot(set, object);
    if (*slot) {
        const struct object_place *first = &set->entries[*slot - 1].place;

        return error_set(
            err, ERROR_INVALID, STR_FMT " \"" STR_FMT "%s" STR_FMT "\" is there twice, first in %s:%u",
            STR_ARG(object->kind_name), STR_ARG(object->namespace), object->namespace.len > 0 ? "/" : "",
            STR_ARG(object->name), first->file, first->line);
    }
    set->entries[set->count++] = (struct object_set_entry){*object, place};
    *slot = (uint32_t)set->count;
    return 0;
}

/* All objects of one kind as a list of pointers. */
static const void *collect(struct object_set *set, enum object_kind kind, enum object_kind other,
                           size_t *ret_count)
{
    const void **list = ARENA_ARRAY(set->arena, set->count, const void *);
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++) {
        const struct cluster_object *object = &set->entries[i].object;

        if (object->kind == kind || object->kind == other)
            list[count++] = object->as.stream; /* all members are pointers to structs */
    }
    *ret_count = count;
    return list;
}

const struct cluster_objects *object_set_finish(struct object_set *set)
{
    struct cluster_objects *ret = &set->objects;

    ret->streams = collect(set, OBJECT_IMAGE_STREAM, OBJECT_IMAGE_STREAM, &ret->stream_count);
    ret->policies = collect(set, OBJECT_STREAM_POLICY, OBJECT_CLUSTER_STREAM_POLICY, &ret->policy_count);
    ret->namespaces = collect(set, OBJECT_NAMESPACE, OBJECT_NAMESPACE, &ret->namespace_count);
    ret->service_accounts =
        collect(set, OBJECT_SERVICE_ACCOUNT, OBJECT_SERVICE_ACCOUNT, &ret->service_account_count);
    ret->secrets = collect(set, OBJECT_PULL_SECRET, OBJECT_PULL_SECRET, &ret->secret_count);
    return ret;
}
