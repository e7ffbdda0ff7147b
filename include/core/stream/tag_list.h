/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_STREAM_TAG_LIST_H
#define WEIR_CORE_STREAM_TAG_LIST_H

#include "core/object/image_stream.h"
#include "core/object/stream_details.h"

/*
 * The tags of a stream, of its spec and of its status, as people look for them:
 * "latest", then versions from the highest down, then the others by name.
 */
struct listed_tag {
    struct str name;
    const struct stream_tag *spec;            /* NULL: its status alone knows it */
    const struct tag_history *history;        /* NULL: nothing is recorded */
    const struct spec_tag_details *spec_more; /* NULL where `spec` is */
    const struct status_tag_details *status;  /* NULL: none */
    /*
     * Of an alias within the stream the tag that it leads to, where it adds
     * nothing to that: its record is the same or none, and no condition of it
     * is False. Else NULL.
     */
    const struct listed_tag *shown_with;
};

/* That order of two names, as memcmp. */
int tag_list_compare(struct str a, struct str b);

struct tag_list {
    const struct listed_tag *items;
    size_t count;
};

/* Borrows from both; the list is the arena's. */
void tag_list_build(struct arena *arena, const struct image_stream *stream,
                    const struct stream_details *details, struct tag_list *ret);
/* NULL where there is none of that name. */
const struct listed_tag *tag_list_find(const struct tag_list *list, struct str name);

/* The spec has a generation that neither the newest event nor a condition has yet: an import is to come. */
bool tag_list_is_behind(const struct listed_tag *tag);

#endif
