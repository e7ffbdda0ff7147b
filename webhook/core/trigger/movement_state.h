/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_MOVEMENT_STATE_H
#define WEIR_CORE_TRIGGER_MOVEMENT_STATE_H

#include "core/stream/lookup.h"
#include "core/trigger/movement.h"
#include "core/trigger/tag_target.h"
#include "core/workload/image_intent.h"

/* One decision while it is made. */

/* What is known of one position of the workload, by its index. */
struct position_state {
    struct str word; /* what its author wrote: of its entry in weir.dev/images, where that is of its image */
    bool has_entry;  /* it is an entry's */
    bool is_named;   /* the word names a stream's tag that has a record */
    struct tag_target target; /* of that tag */
    bool refreshed;           /* the webhook is to judge it anew */
    bool triggered;           /* a trigger has chosen it */
    struct str set;           /* the image that a trigger sets; empty: none */
};

struct movement_state {
    struct arena *arena;
    const struct moving_workload *workload;
    const struct movement_scope *scope;
    const struct effective_policy *policy;
    struct lookup_scope lookup;
    struct position_state *positions;
    struct movement *ret;
    struct moved_image *moved;
    struct unconfirmed_tag *checks;
    struct str *problems;
};

/* Whether a position with that image is to be moved to the tag's newest event. */
bool movement_state_is_due(struct movement_state *state, size_t index, const struct tag_target *target,
                           struct str image);
/* The same where the webhook pins Pods only: by the time of the youngest revision. */
bool movement_state_is_due_by_time(struct movement_state *state, const struct tag_target *target);
/* For people. */
void movement_state_note(struct movement_state *state, size_t index, const struct tag_target *target,
                         bool by_trigger);
/* The tag is one of those that decide: its newest event is part of the record. */
void movement_state_add_record(struct movement_state *state, const struct tag_target *target);

#endif
