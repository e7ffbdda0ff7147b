/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_STREAM_JSON_H
#define WEIR_ENGINE_IMPORT_STREAM_JSON_H

#include "base/arena.h"

/*
 * The stream as JSON without what nobody decides by and half of its bytes are:
 * metadata.managedFields, and kubectl's copy of what was applied
 * (kubectl.kubernetes.io/last-applied-configuration). Their members stay, empty.
 * The arena's; a text that is no JSON object comes back as it is.
 */
struct str stream_json_compact(struct arena *arena, struct str json);

/* Bytes of it without the value of its status. */
size_t stream_json_rest_size(struct str json);

#endif
