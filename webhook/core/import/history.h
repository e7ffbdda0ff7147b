/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_HISTORY_H
#define WEIR_CORE_IMPORT_HISTORY_H

#include "core/import/settling.h"

/* How much of a stream's history is kept. The newest event of a tag always is. */

/*
 * Drops the events beyond each tag's limit that nothing uses (none before it is
 * known what is used); then, where the object would be too large to be stored,
 * the oldest of the longest histories, used or not.
 */
void history_trim(struct settling *settling);
/* Whether the object is so near its limit that events go for it. */
bool history_is_full(struct settling *settling);
/* Whether the annotation weir.dev/history-limit says something else than a number of events. */
bool history_limit_is_refused(const struct import_view *view, struct str tag);

#endif
