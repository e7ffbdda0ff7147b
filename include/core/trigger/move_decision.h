/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_MOVE_DECISION_H
#define WEIR_CORE_TRIGGER_MOVE_DECISION_H

#include "core/trigger/movement.h"
#include "core/trigger/trigger_list.h"

/*
 * What is to be written to a workload because tags of image streams have moved
 * (docs/FOLLOW.md). Pure: the same arguments give the same documents.
 *
 * Two ways. Following: an author's word in weir.dev/images names a tag, and
 * weir.dev/refresh makes the webhook judge the words anew. Triggers: a container's
 * image is set. A tag has moved where its newest event differs from what the
 * workload holds, with two exceptions: a digest that is no event of the tag makes
 * the tag be checked first, and a workload that was moved to the newest event
 * and taken back to an older one by "kubectl rollout undo" stays there.
 */

/* A stream by name. */
struct stream_name {
    struct str namespace;
    struct str name;
};

/* The streams whose tags the workload's words and triggers may name, by the namespace's policy; each is in it
 * once or more often. */
size_t move_decision_streams(struct arena *arena, const struct moving_workload *workload,
                             const struct trigger_list *triggers, const struct movement_scope *scope,
                             const struct stream_name **ret);

void move_decision_make(struct arena *arena, const struct moving_workload *workload,
                        const struct trigger_list *triggers, const struct movement_scope *scope,
                        struct movement *ret);

#endif
