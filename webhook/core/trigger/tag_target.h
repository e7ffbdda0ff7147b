/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_TAG_TARGET_H
#define WEIR_CORE_TRIGGER_TAG_TARGET_H

#include "core/object/image_stream.h"
#include "core/trigger/workload_revision.h"

/* What a stream's tag leads to: its newest event. */
struct tag_target {
    const struct image_stream *stream;
    const struct stream_tag *spec; /* NULL: the record has it, the spec has not */
    const struct tag_history *history;
    const struct tag_event *newest;
    struct str tag;
    struct str value; /* as a trigger sets it: repository@digest; of a reference tag the name */
};

/* False where the tag has no record, or one that names no image. `stream` may be NULL. */
bool tag_target_find(struct arena *arena, const struct image_stream *stream, struct str tag,
                     struct tag_target *ret);

/* How an image that a workload names stands to the tag. */
enum held_image {
    HELD_NEWEST,
    HELD_OLDER,   /* the digest of an older event */
    HELD_UNKNOWN, /* a digest, and of no event */
    HELD_NAME,    /* no digest: a name that the tag's is to replace */
};
enum held_image tag_target_compare(struct arena *arena, const struct tag_target *target, struct str image);

/* The same for the event that Pods of a revision made at `created` get: NEWEST or OLDER. */
enum held_image tag_target_compare_time(const struct tag_target *target, int64_t created);

/* A revision with the newest digest at that position was made since the newest event: it was there, and was
 * taken back. */
bool tag_target_was_taken_back(const struct tag_target *target, const struct moving_position *position,
                               const struct workload_revision *revisions, size_t count);

#endif
