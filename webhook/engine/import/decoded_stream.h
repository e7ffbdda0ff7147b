/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_DECODED_STREAM_H
#define WEIR_ENGINE_IMPORT_DECODED_STREAM_H

#include "base/error.h"
#include "base/linked_list.h"
#include "core/import/view.h"

/* One stream, decoded and prepared, in an arena of its own. */
struct decoded_stream {
    struct import_stream stream;
    struct arena arena;
    size_t size; /* bytes that it takes */
    /* Its keeper's. */
    struct stream_entry *entry;
    struct linked_list link;
    size_t holders;
    bool stale; /* freed by its last holder: there is another version */
};

/* ERROR_INVALID gives the path in the object. */
MUST_CHECK int decoded_stream_new(struct str json, struct decoded_stream **ret, struct error *err);
void decoded_stream_free(struct decoded_stream *decoded);
/* The one that `stream` is of. */
struct decoded_stream *decoded_stream_of(const struct import_stream *stream);

#endif
