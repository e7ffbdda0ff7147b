/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_IMPORT_LOOK_H
#define WEIR_ENGINE_IMPORT_IMPORT_LOOK_H

#include "engine/import/importer_state.h"

/* One turn of a stream: asks for what is due, records what was answered, settles what needs no answer. */
void import_look(struct importer *importer, struct stream_entry *entry);

#endif
