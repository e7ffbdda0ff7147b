/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_REVISION_LISTING_H
#define WEIR_ENGINE_TRIGGER_REVISION_LISTING_H

#include "engine/trigger/moving_entry.h"

/*
 * Lists the ReplicaSets or ControllerRevisions of one workload, by its selector's
 * labels, and puts them into the entry's `revisions`. At its end `on_done` is
 * called; where the list failed, the revisions are what they were.
 */
enum { REVISIONS_MAX = 2000 }; /* of one workload; Deployments keep ten, unless they say otherwise */

struct revision_listing;

struct revision_listing *revision_listing_start(struct kube_client *client, struct moving_entry *entry,
                                                void (*on_done)(struct moving_entry *entry,
                                                                const struct error *err));
/* Nothing is called any more. NULL is allowed. */
void revision_listing_cancel(struct revision_listing *listing);

/* NULL is allowed. */
void revision_listing_free_set(struct revision_set *set);

#endif
