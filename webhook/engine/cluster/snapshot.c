/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/snapshot.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* The count is not the readers' business. */
struct counted_snapshot {
    struct snapshot snapshot; /* first: the addresses are the same */
    atomic_int count;
    bool kept; /* freed by its maker */
};

struct snapshot_slot {
    pthread_mutex_t mutex; /* held to copy the pointer and count it, or to swap it */
    struct snapshot *current;
    uint64_t generation;
};

struct snapshot_slot *snapshot_slot_new(void)
{
    struct snapshot_slot *slot = memory_zeroed(1, sizeof(*slot));

    if (pthread_mutex_init(&slot->mutex, NULL) != 0)
        abort();
    return slot;
}

void snapshot_slot_free(struct snapshot_slot *slot)
{
    if (!slot)
        return;
    snapshot_release(slot->current);
    pthread_mutex_destroy(&slot->mutex);
    free(slot);
}

struct snapshot *snapshot_new(void)
{
    struct counted_snapshot *counted = memory_zeroed(1, sizeof(*counted));

    arena_init(&counted->snapshot.arena);
    atomic_init(&counted->count, 1);
    return &counted->snapshot;
}

struct snapshot *snapshot_new_kept(void)
{
    struct snapshot *snapshot = snapshot_new();

    ((struct counted_snapshot *)snapshot)->kept = true;
    return snapshot;
}

bool snapshot_is_unused(const struct snapshot *snapshot)
{
    const struct counted_snapshot *counted = (const struct counted_snapshot *)snapshot;

    return atomic_load_explicit(&counted->count, memory_order_acquire) == 0;
}

void snapshot_free(struct snapshot *snapshot)
{
    arena_release(&snapshot->arena);
    free(snapshot);
}

void snapshot_publish(struct snapshot_slot *slot, struct snapshot *snapshot)
{
    struct snapshot *old;

    pthread_mutex_lock(&slot->mutex);
    old = slot->current;
    snapshot->generation = ++slot->generation;
    slot->current = snapshot;
    pthread_mutex_unlock(&slot->mutex);
    snapshot_release(old);
}

const struct snapshot *snapshot_acquire(struct snapshot_slot *slot)
{
    struct snapshot *current;

    pthread_mutex_lock(&slot->mutex);
    current = slot->current;
    if (current)
        atomic_fetch_add_explicit(&((struct counted_snapshot *)current)->count, 1, memory_order_relaxed);
    pthread_mutex_unlock(&slot->mutex);
    return current;
}

void snapshot_release(const struct snapshot *snapshot)
{
    struct counted_snapshot *counted = (struct counted_snapshot *)(uintptr_t)snapshot;
    bool kept = counted && counted->kept; /* afterwards it may be gone */

    if (!counted || atomic_fetch_sub_explicit(&counted->count, 1, memory_order_acq_rel) > 1 || kept)
        return;
    snapshot_free(&counted->snapshot);
}
