/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_SETTLING_H
#define WEIR_CORE_IMPORT_SETTLING_H

#include "core/import/change.h"
#include "core/import/failure.h"

/* A status in the making: what becomes of one tag. */
struct settling {
    struct arena *arena;
    struct import_view *view;
    struct import_change *change;
    size_t move_size;
};

/* A tag fails. True where it did before for the same reason: then the condition stays, but for its
 * generation. */
bool settling_fail(struct settling *settling, struct recorded_tag *tag, const struct import_failure *failure);
/* It does not fail any more. */
void settling_recover(struct settling *settling, struct recorded_tag *tag);
void settling_move(struct settling *settling, const struct import_move *move);
/* Puts the event in front where it differs from the newest; `created` and `generation` are filled in. */
bool settling_event(struct settling *settling, struct recorded_tag *tag, struct tag_event event,
                    enum import_move_kind kind);

#endif
