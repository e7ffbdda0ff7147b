/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_MOVING_ENTRY_H
#define WEIR_ENGINE_TRIGGER_MOVING_ENTRY_H

#include "base/linked_list.h"
#include "core/trigger/move_decision.h"
#include "core/trigger/rollout_pace.h"
#include "edge/kube/client.h"
#include "engine/import/interest_index.h"

/* The revisions of a workload, as they were listed. */
struct revision_set {
    struct arena arena;
    struct workload_revision *items;
    size_t count;
    size_t size;
    int64_t generation; /* of the workload, when the list began */
    int64_t listed_ms;
};

/* One workload that is followed. */
struct moving_entry {
    struct timer timer;      /* the next look */
    struct linked_list turn; /* among those that are to be looked at, or that wait for their rollout */
    bool waits;              /* it is among the latter */
    struct interest interest;
    struct arena arena; /* of these two */
    struct moving_workload workload;
    struct trigger_list triggers;
    struct rollout_pace pace;
    struct revision_set *revisions;   /* NULL: not listed */
    struct revision_listing *listing; /* under way, or NULL */
    struct move_write *write;         /* under way, or NULL */
    int64_t unconfirmed_ms; /* since when tags are waited for that are to be checked first; 0: none */
    uint64_t unconfirmed_record;
    uint64_t told_problems; /* a hash of those of its triggers that were told */
    uint64_t told_loop;     /* the record for which its loop was told */
    struct mover *mover;
    /* The table's. */
    struct moving_entry *next;
    uint64_t mark;
};

#endif
