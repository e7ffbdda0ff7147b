/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_IMPORT_CHECKS_H
#define WEIR_ENGINE_IMPORT_IMPORT_CHECKS_H

#include "engine/import/importer_state.h"

/* The checks of streams: from the question over the queue to the answer, which is the stream's next turn. */

/* Drops those whose source is no longer their tag's, and all of a stream that is suspended. */
void import_checks_drop_stale(struct importer *importer, struct stream_work *work,
                              const struct import_view *view);
/* Queues the question, but where one about its tag is under way or waits to be recorded. */
void import_checks_ask(struct importer *importer, struct stream_work *work, const struct import_view *view,
                       const struct tag_check *due);
/* Begins what may begin now. */
void import_checks_pump(struct importer *importer);

#endif
