/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_WAIT_H
#define WEIR_ENGINE_ADMISSION_WAIT_H

#include "engine/admission/options.h"
#include "engine/admission/turn.h"

#include <stdatomic.h>

/*
 * The admissions of one loop that cannot be decided at once: they wait, in
 * memory of their own, for what the cluster and registries say. The request may
 * vanish meanwhile. The loop's thread alone.
 */
struct admission_wait;
struct st_h2o_context_t;
struct st_h2o_req_t;

/* All is borrowed; `in_flight` counts those that wait, on all loops. */
struct admission_wait *admission_wait_new(const struct admission_handler_options *options,
                                          struct admission_counters *counters, atomic_size_t *in_flight);
/* Once, on the loop's thread, before anything is started. */
void admission_wait_attach(struct admission_wait *wait, struct st_h2o_context_t *context);
/* After the loops have come to rest, and the resolver and the cluster's store have stopped. */
void admission_wait_free(struct admission_wait *wait);

/* True where the turn is decided without waiting for anybody: with what the caches know. */
bool admission_wait_decide(struct admission_wait *wait, struct admission_turn *turn);
/*
 * Takes the turn's snapshot, and its place among those in flight; answers the
 * request within the budget, by a turn of its own.
 */
void admission_wait_start(struct admission_wait *wait, struct st_h2o_req_t *req,
                          const struct admission_turn *turn, int64_t began_ns, int64_t budget_ms);

#endif
