/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trigger/mover_state.h"

enum {
    WAKE_MAX_MS = 10 * 60 * 1000,
    BEHIND_MS =
        250, /* after a stream's change: what is written at once meets webhooks that do not know of it yet */
};

struct timer_queue *mover_state_timers(const struct mover *mover)
{
    return outbound_timers(kube_client_outbound(mover->options.client));
}

bool mover_state_works(const struct mover *mover)
{
    return mover->lease && mover->policies && stream_table_is_synced(mover->options.streams);
}

void mover_state_add_turn(struct mover *mover, struct moving_entry *entry)
{
    if (!mover_state_works(mover) || linked_list_is_linked(&entry->turn))
        return;
    linked_list_add(&mover->turns, &entry->turn);
    if (!mover->step.place)
        timer_queue_set(mover_state_timers(mover), &mover->step, monotonic_ms());
}

void mover_state_end_call(struct mover *mover)
{
    mover->running--;
    if (linked_list_first(&mover->turns) && !mover->step.place)
        timer_queue_set(mover_state_timers(mover), &mover->step, monotonic_ms());
}

static void visit_interest(void *ctx, struct interest *interest)
{
    if (mover_state_works(ctx))
        mover_state_set_timer(ctx, CONTAINER_OF(struct moving_entry, interest, interest), BEHIND_MS);
}

void mover_state_turn_followers(struct mover *mover, const struct stream_entry *stream)
{
    interest_index_visit(mover->index, interest_index_key(mover->index, 0, stream->namespace, stream->name),
                         visit_interest, mover);
}

static void on_timer(struct timer *timer)
{
    struct moving_entry *entry = CONTAINER_OF(struct moving_entry, timer, timer);

    mover_state_add_turn(entry->mover, entry);
}

void mover_state_set_timer(struct mover *mover, struct moving_entry *entry, int64_t wait_ms)
{
    int64_t at_ms = monotonic_ms() + (wait_ms < WAKE_MAX_MS ? wait_ms : WAKE_MAX_MS);

    entry->timer.run = on_timer;
    if (!entry->timer.place || at_ms < entry->timer.at_ms)
        timer_queue_set(mover_state_timers(mover), &entry->timer, at_ms);
}

bool mover_state_take_place(struct mover *mover, struct moving_entry *entry)
{
    int64_t now = monotonic_ms();

    if (now >= mover->rollout_ms) {
        mover->rollout_ms = now + 60000 / mover->options.rollouts_a_minute;
        return true;
    }
    linked_list_add(&mover->waiting, &entry->turn);
    entry->waits = true;
    atomic_fetch_add(&mover->counters.waiting, 1);
    if (!mover->rollout.place)
        timer_queue_set(mover_state_timers(mover), &mover->rollout, mover->rollout_ms);
    return false;
}

void mover_state_tell(struct mover *mover, const struct moving_entry *entry,
                      const struct recorded_event *event)
{
    const struct moving_workload *workload = &entry->workload;
    const struct moving_kind_row *kind = &moving_workload_kinds[workload->kind];
    const struct event_subject subject = {kind->api_version, kind->kind,    workload->namespace,
                                          workload->name,    workload->uid, workload->resource_version};

    event_recorder_tell(mover->recorder, &subject, event);
}
