/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_VIEW_GATHERING_H
#define WEIR_ENGINE_IMPORT_VIEW_GATHERING_H

#include "engine/cluster/snapshot.h"
#include "engine/import/interest_index.h"
#include "engine/import/stream_table.h"

/*
 * What is looked at while a stream is decided about: itself, the streams that its
 * tags follow, those that these follow, and so on; and which namespaces share
 * theirs with it. Holds the decoded streams until view_gathering_end().
 */
enum { GATHERED_MAX = 256 }; /* streams; of more some are not seen */

struct view_gathering {
    struct arena arena;
    struct stream_table *table;
    struct import_stream others[GATHERED_MAX];
    const struct import_stream *held[GATHERED_MAX + 1];
    size_t held_count;
    struct import_view view; /* settings, memory and times are the caller's to set */
    bool foreign;            /* a tag follows a stream of another namespace */
};

/* False: the stream does not decode, and nothing is held. `policies` may be NULL: nothing is known of them.
 */
bool view_gathering_begin(struct view_gathering *gathering, struct stream_table *table,
                          struct stream_entry *entry, const struct snapshot *policies);
void view_gathering_end(struct view_gathering *gathering);

/* Kinds of keys. */
enum { INTEREST_STREAM, INTEREST_REPOSITORY };
/* By the streams that its tags follow, and the repositories that they import from. */
void view_gathering_set_interest(struct view_gathering *gathering, struct interest_index *index,
                                 struct interest *interest);

#endif
