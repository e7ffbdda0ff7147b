/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trigger/mover.h"

#include "base/memory.h"
#include "engine/trigger/move_look.h"
#include "engine/trigger/move_write.h"
#include "engine/trigger/mover_state.h"
#include "engine/trigger/revision_listing.h"

#include <stdlib.h>

enum { TURNS_AT_ONCE = 32 }; /* workloads that are looked at before the thread turns */

static void on_step(struct timer *timer)
{
    struct mover *mover = (struct mover *)(void *)timer;

    for (size_t i = 0; i < TURNS_AT_ONCE; i++) {
        struct linked_list *link =
            mover->running < MOVER_RUNNING_MAX ? linked_list_take(&mover->turns) : NULL;

        if (!link)
            return;
        move_look(mover, CONTAINER_OF(struct moving_entry, turn, link));
    }
    if (linked_list_first(&mover->turns))
        timer_queue_set(mover_state_timers(mover), &mover->step, monotonic_ms() + 1);
}

static void leave_list(struct mover *mover, struct moving_entry *entry)
{
    linked_list_remove(&entry->turn);
    if (entry->waits)
        atomic_fetch_sub(&mover->counters.waiting, 1);
    entry->waits = false;
}

/* The one that has waited longest has its place now. */
static void on_rollout(struct timer *timer)
{
    struct mover *mover = CONTAINER_OF(struct mover, rollout, timer);
    struct linked_list *link = linked_list_first(&mover->waiting);

    if (!link)
        return;
    leave_list(mover, CONTAINER_OF(struct moving_entry, turn, link));
    move_look(mover, CONTAINER_OF(struct moving_entry, turn, link));
    if (linked_list_first(&mover->waiting) && !mover->rollout.place)
        timer_queue_set(mover_state_timers(mover), &mover->rollout, mover->rollout_ms);
}

/* What the tables tell */

static void on_stream(void *ctx, struct stream_entry *stream)
{
    mover_state_turn_followers(ctx, stream);
}

static void turn_one(void *ctx, struct moving_entry *entry)
{
    mover_state_add_turn(ctx, entry);
}

static void turn_all(struct mover *mover)
{
    moving_table_each(mover->workloads, turn_one, mover);
}

static void on_streams_synced(void *ctx)
{
    turn_all(ctx);
}

static void on_workload(void *ctx, struct moving_entry *entry)
{
    struct mover *mover = ctx;

    entry->mover = mover;
    atomic_store(&mover->counters.workloads, moving_table_count(mover->workloads));
    mover_state_add_turn(mover, entry);
}

static void on_workload_removed(void *ctx, struct moving_entry *entry)
{
    struct mover *mover = ctx;

    leave_list(mover, entry);
    timer_queue_clear(mover_state_timers(mover), &entry->timer);
    interest_index_set(mover->index, &entry->interest, NULL, 0);
    if (entry->write || entry->listing)
        mover_state_end_call(mover); /* one or the other */
    move_write_cancel(entry->write);
    revision_listing_cancel(entry->listing);
    revision_listing_free_set(entry->revisions);
    atomic_store(&mover->counters.workloads, moving_table_count(mover->workloads) - 1);
}

static void on_granted(void *ctx, enum moving_kind kind)
{
    struct mover *mover = ctx;

    moving_table_follow(mover->workloads, kind, mover->options.client);
}

void mover_policies_changed(struct mover *mover)
{
    if (mover->policies)
        snapshot_release(mover->policies);
    mover->policies = snapshot_acquire(mover->options.policies);
    turn_all(mover);
}

/* Life */

struct mover *mover_new(const struct mover_options *options, uint64_t seed)
{
    struct mover *mover = memory_zeroed(1, sizeof(*mover));
    const struct workload_listener listener = {on_workload, on_workload_removed, mover};

    mover->options = *options;
    mover->step.run = on_step;
    mover->rollout.run = on_rollout;
    mover->seed = seed;
    linked_list_init(&mover->turns);
    linked_list_init(&mover->waiting);
    mover->index = interest_index_new(seed);
    mover->recorder = event_recorder_new(options->client, options->identity, options->log);
    mover->workloads = moving_table_new(&listener, options->log, seed);
    mover->listener = (struct stream_listener){
        .on_changed = on_stream, .on_removed = on_stream, .on_synced = on_streams_synced, .ctx = mover};
    stream_table_listen(options->streams, &mover->listener);
    return mover;
}

void mover_work(struct mover *mover, const struct leader_lease *lease)
{
    mover->lease = lease;
    mover->rights = patch_rights_ask(mover->options.client, mover->options.log, on_granted, mover);
}

void mover_rest(struct mover *mover)
{
    mover->lease = NULL;
    patch_rights_free(mover->rights);
    mover->rights = NULL;
    moving_table_end(mover->workloads);
    timer_queue_clear(mover_state_timers(mover), &mover->step);
    timer_queue_clear(mover_state_timers(mover), &mover->rollout);
}

void mover_free(struct mover *mover)
{
    if (!mover)
        return;
    mover_rest(mover);
    moving_table_free(mover->workloads);
    event_recorder_free(mover->recorder);
    interest_index_free(mover->index);
    if (mover->policies)
        snapshot_release(mover->policies);
    free(mover);
}

void mover_write_metrics(void *ctx, struct text *out)
{
    const struct mover *mover = ctx;

    mover_counters_write(&mover->counters, out);
}
