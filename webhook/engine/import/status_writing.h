/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_STATUS_WRITING_H
#define WEIR_ENGINE_IMPORT_STATUS_WRITING_H

#include "engine/import/importer_state.h"

/*
 * A stream's status from the decision to the API server's answer: one write at a
 * time, none beyond the lease. Where another writer was first, or nobody knows what
 * became of it, the stream is read again, and its next turn decides again.
 */

/* Whatever comes of it, the stream has another turn. Answers that wait are recorded by it. */
void status_writing_begin(struct importer *importer, struct stream_work *work,
                          const struct import_change *change);

#endif
