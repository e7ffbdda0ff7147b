/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_MOVER_STATE_H
#define WEIR_ENGINE_TRIGGER_MOVER_STATE_H

#include "engine/controller/leader_lease.h"
#include "engine/import/event_recorder.h"
#include "engine/trigger/mover_counters.h"
#include "engine/trigger/mover_options.h"
#include "engine/trigger/moving_table.h"
#include "engine/trigger/patch_rights.h"

enum { MOVER_RUNNING_MAX = 16 };

/*
 * All that can make a write due puts the workload among the turns: its watch, a
 * stream that its words or triggers name, a policy, a timer, the end of a write or
 * of a list. A turn decides about the workload as it is; what is to be written is
 * sent at once, or waits for the workload's own pause (its timer), or for its
 * place among all rollouts (`waiting`), and is then decided anew.
 */
struct mover {
    struct timer step;    /* first; the turns */
    struct timer rollout; /* the next of those that wait */
    struct mover_options options;
    struct stream_listener listener;
    struct interest_index *index;
    struct event_recorder *recorder;
    struct moving_table *workloads;
    struct patch_rights *rights;
    const struct leader_lease *lease; /* NULL: rests */
    const struct snapshot *policies;  /* held; NULL: not known */
    struct linked_list turns;
    struct linked_list waiting;
    int64_t rollout_ms; /* nothing is written before */
    size_t running;     /* lists and writes under way; with MOVER_RUNNING_MAX no workload is looked at */
    uint64_t seed;
    struct mover_counters counters;
};

struct timer_queue *mover_state_timers(const struct mover *mover);
/* It leads, and knows all streams and policies. */
bool mover_state_works(const struct mover *mover);
/* The workload is to be looked at soon; nothing where it does not work. */
void mover_state_add_turn(struct mover *mover, struct moving_entry *entry);
/* So are those whose words or triggers name the stream, a moment later. */
void mover_state_turn_followers(struct mover *mover, const struct stream_entry *stream);
/* At the latest in so long. */
void mover_state_set_timer(struct mover *mover, struct moving_entry *entry, int64_t wait_ms);
/* A write is due: true where it may be sent now; else the workload waits for its place. */
bool mover_state_take_place(struct mover *mover, struct moving_entry *entry);
/* A list or write ended, or was cancelled. */
void mover_state_end_call(struct mover *mover);
/* An Event of the workload. */
void mover_state_tell(struct mover *mover, const struct moving_entry *entry,
                      const struct recorded_event *event);

#endif
