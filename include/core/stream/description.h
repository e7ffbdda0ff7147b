/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_STREAM_DESCRIPTION_H
#define WEIR_CORE_STREAM_DESCRIPTION_H

#include "base/text.h"
#include "core/stream/tag_list.h"

/*
 * An image stream, and the history of one of its tags, written for people.
 * Only what the object says: nothing is looked up, and what it does not say is
 * left out. Ages are taken at `now`, seconds
 * since the epoch; the newest event comes first.
 */
struct stream_subject {
    const struct image_stream *stream;
    const struct stream_details *details;
    const struct tag_list *tags; /* tag_list_build() of the two */
    int64_t now;
};

enum {
    DESCRIPTION_MAX = 64 << 20,      /* bytes of any of these texts; etcd takes objects of 1.5 MiB */
    DESCRIPTION_DIGEST_LETTERS = 19, /* "sha256:" and twelve letters */
};

/* Lines of text. Control characters of the object's are '?', so that each line is one of ours. */
void description_text(struct text *out, const struct stream_subject *subject);
void description_history_text(struct text *out, const struct stream_subject *subject,
                              const struct listed_tag *tag);
/* An ImageStreamImage's name a line, "stream@sha256:…"; of an event without a digest its pull spec. */
void description_history_names(struct text *out, const struct stream_subject *subject,
                               const struct listed_tag *tag);
/* Different images that any tag has or had. */
size_t description_image_count(struct arena *arena, const struct image_stream *stream);

#endif
