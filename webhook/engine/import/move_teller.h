/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_MOVE_TELLER_H
#define WEIR_ENGINE_IMPORT_MOVE_TELLER_H

#include "core/import/change.h"
#include "engine/import/event_recorder.h"
#include "engine/import/stream_table.h"

/* Tells what happened to a tag: a line of the log, and an Event of its stream. */
void move_teller_tell(struct event_recorder *recorder, struct log *log, const struct stream_entry *entry,
                      const struct import_move *move);

#endif
