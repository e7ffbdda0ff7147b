/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_WORKLOAD_REVISION_H
#define WEIR_CORE_TRIGGER_WORKLOAD_REVISION_H

#include "core/trigger/moving_position.h"

/* A template that a workload has or had: an apps/v1 ReplicaSet or ControllerRevision. */
struct workload_revision {
    int64_t created; /* seconds since the epoch */
    struct moving_positions positions;
};

/* False where the object is not controlled by the workload of that uid, or does not say since when it is. */
bool workload_revision_read(struct arena *arena, const struct value *object, struct str owner_uid,
                            struct workload_revision *ret);

#endif
