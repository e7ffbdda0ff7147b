/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_WAIT_H
#define WEIR_ENGINE_ADMISSION_WAIT_H

#include "engine/admission/reply.h"
#include "engine/admission/turn.h"

#include <stdatomic.h>

/*
 * The admissions of one loop that cannot be decided at once. Each holds its HTTP
 * request, and is on its way through these states:
 *
 *   deciding   evaluated with what is known. Decided: answered, the end. Else
 *              either the cluster has to be asked for facts (secrets, a
 *              revision): fetching; or registries for tags. Those that the
 *              loop's cache knows are added at once, and where it knows all it
 *              is deciding again; else it is asking.
 *   fetching   one message comes from the cluster's thread; then deciding.
 *   asking     a message a tag comes from the resolver's thread, each goes into
 *              the loop's cache; with the last: deciding.
 *
 * The deadline or TURN_ROUNDS_MAX evaluations close the turn: the next deciding
 * ends with what is known. Cluster and resolver answer by the deadline; where
 * they do not, a tick gives the admission up a little later and lets it decide.
 * In any state the client may leave: the admission is then gone, counted as
 * such. What is still out for it arrives later, and serves the cache alone.
 *
 * The loop's thread alone.
 */
struct admission_wait;

/* All is borrowed; `in_flight` counts those that wait, on all loops. */
struct admission_wait *admission_wait_new(const struct admission_handler_options *options,
                                          struct admission_counters *counters, atomic_size_t *in_flight);
/* After the loops have come to rest, and the resolver and the cluster's store have stopped. */
void admission_wait_free(struct admission_wait *wait);

/* True where the turn is decided without waiting: with what the caches know. */
bool admission_wait_decide(struct admission_wait *wait, struct admission_turn *turn);
/*
 * Holds the request of `reply`; takes the snapshot, which the input is of, and
 * its place among those in flight. Answers within the budget, by a turn of its
 * own.
 */
void admission_wait_start(struct admission_wait *wait, const struct admission_reply *reply,
                          const struct snapshot *snapshot, const struct turn_input *input, int64_t budget_ms);
/* The loop's, for the input of each turn. */
struct answer_cache *admission_wait_cache(struct admission_wait *wait);
/* For each tick: answers those whose deadline is long over. */
void admission_wait_give_up_late(struct admission_wait *wait);

#endif
