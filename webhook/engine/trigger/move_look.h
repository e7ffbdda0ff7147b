/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_MOVE_LOOK_H
#define WEIR_ENGINE_TRIGGER_MOVE_LOOK_H

#include "engine/trigger/mover_state.h"

/* One turn of one workload: decides about it as it is, and does what is due. */
void move_look(struct mover *mover, struct moving_entry *entry);

#endif
