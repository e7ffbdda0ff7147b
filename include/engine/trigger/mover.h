/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_MOVER_H
#define WEIR_ENGINE_TRIGGER_MOVER_H

#include "base/text.h"
#include "engine/controller/leader_lease.h"
#include "engine/trigger/mover_options.h"

/*
 * Moves workloads when tags of image streams move: Deployments, StatefulSets,
 * DaemonSets and CronJobs that carry weir.dev/follow or image.openshift.io/triggers.
 * What is to be written is core/trigger's to say; here is when it is looked at, and
 * the server-side applies. Without the right to patch a kind, that kind is not
 * followed.
 *
 * The outbound thread's alone, but for mover_write_metrics().
 */
struct mover;

/* Before stream_table_follow() tells of anything. */
struct mover *mover_new(const struct mover_options *options, uint64_t seed);
/* Behind the streams, which tell it of their end; before the client is freed. NULL is allowed. */
void mover_free(struct mover *mover);

/* Follows the workloads and moves them while the lease is held; nothing is sent that could outlive it. */
void mover_work(struct mover *mover, const struct leader_lease *lease);
/* Drops all that is under way. Without work it does nothing. */
void mover_rest(struct mover *mover);

/* Something else is in the slot of policies. */
void mover_policies_changed(struct mover *mover);

/* A source of struct metrics; any thread. */
void mover_write_metrics(void *ctx, struct text *out);

#endif
