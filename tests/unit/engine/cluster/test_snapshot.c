/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/snapshot.h"

#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

enum { READERS = 3, PUBLICATIONS = 2000 };

struct readers {
    struct snapshot_slot *slot;
    atomic_bool stop;
    atomic_uint torn; /* snapshots whose parts did not fit each other */
    atomic_uint seen;
};

/* A snapshot whose content tells its number. */
static struct snapshot *numbered(size_t number)
{
    struct snapshot *snapshot = snapshot_new();
    size_t *copy = arena_alloc(&snapshot->arena, sizeof(*copy));

    *copy = number;
    snapshot->view.stream_count = number;
    snapshot->view.cluster_policies = (const void *)copy;
    return snapshot;
}

static void *read_all_the_time(void *ctx)
{
    struct readers *readers = ctx;
    uint64_t last = 0;

    while (!atomic_load(&readers->stop)) {
        const struct snapshot *snapshot = snapshot_acquire(readers->slot);

        if (!snapshot)
            continue;
        if (*(const size_t *)(const void *)snapshot->view.cluster_policies != snapshot->view.stream_count ||
            snapshot->generation < last || snapshot->generation != snapshot->view.stream_count)
            atomic_fetch_add(&readers->torn, 1);
        last = snapshot->generation;
        atomic_fetch_add(&readers->seen, 1);
        snapshot_release(snapshot);
    }
    return NULL;
}

TEST(readers_always_see_a_whole_snapshot_while_others_are_published)
{
    struct readers readers = {.slot = snapshot_slot_new()};
    pthread_t threads[READERS];

    for (size_t i = 0; i < READERS; i++)
        CHECK(pthread_create(&threads[i], NULL, read_all_the_time, &readers) == 0);
    for (size_t i = 1; i <= PUBLICATIONS || atomic_load(&readers.seen) == 0; i++)
        snapshot_publish(readers.slot, numbered(i));
    atomic_store(&readers.stop, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    CHECK(atomic_load(&readers.torn) == 0);
    snapshot_slot_free(readers.slot);
}

TEST(the_last_reader_frees_what_is_no_longer_current)
{
    struct snapshot_slot *slot = snapshot_slot_new();
    const struct snapshot *old;

    CHECK(snapshot_acquire(slot) == NULL);
    snapshot_publish(slot, numbered(1));
    old = snapshot_acquire(slot);
    snapshot_publish(slot, numbered(2));
    CHECK(old->view.stream_count == 1); /* a sanitizer sees it if this is freed memory */
    snapshot_slot_free(slot);
    CHECK(*(const size_t *)(const void *)old->view.cluster_policies == 1);
    snapshot_release(old);
    snapshot_release(NULL);
}

TEST_MAIN()
