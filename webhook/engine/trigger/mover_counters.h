/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_MOVER_COUNTERS_H
#define WEIR_ENGINE_TRIGGER_MOVER_COUNTERS_H

#include "base/text.h"

#include <stdatomic.h>

/* What moving workloads came to. Written by the outbound thread, read by any. */
enum move_manager { MOVE_AS_FOLLOW, MOVE_AS_TRIGGER, MOVE_MANAGERS };
enum move_outcome { MOVE_WRITTEN, MOVE_CONFLICT, MOVE_REFUSED, MOVE_OUTCOMES };

struct mover_counters {
    atomic_uint_fast64_t writes[MOVE_MANAGERS][MOVE_OUTCOMES];
    atomic_uint_fast64_t loops;     /* workloads that were stopped */
    atomic_uint_fast64_t workloads; /* as of now, as below: that are followed */
    atomic_uint_fast64_t waiting;   /* for their turn to be written */
};

/* As families of the metrics. */
void mover_counters_write(const struct mover_counters *counters, struct text *out);

#endif
