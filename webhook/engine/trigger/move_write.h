/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_MOVE_WRITE_H
#define WEIR_ENGINE_TRIGGER_MOVE_WRITE_H

#include "engine/trigger/mover_state.h"

/* One server-side apply to a workload, what came of it, and telling of it. */
struct move_write;

/* Sends what the movement has for that manager; `entry->write` is then under way, and its end is a turn. */
void move_write_start(struct mover *mover, struct moving_entry *entry, const struct movement *movement,
                      enum move_manager manager);
/* NULL is allowed. */
void move_write_cancel(struct move_write *write);

/* What the pace is asked for. */
struct rollout_wish move_write_wish(const struct movement *movement, enum move_manager manager);

#endif
