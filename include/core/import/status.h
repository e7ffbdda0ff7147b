/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_STATUS_H
#define WEIR_CORE_IMPORT_STATUS_H

#include "base/text.h"
#include "core/import/view.h"

/*
 * The status of a stream while a new one is made of it: lists that can be
 * written, texts that are borrowed. What the status does not know is not kept.
 */

/* status.tags[] */
struct recorded_tag {
    struct status_tag_details details; /* `conditions` is not written: `failure` is */
    const struct tag_event *events;    /* newest first; never changed in place */
    size_t count;
    bool failed;
    struct tag_condition failure; /* ImportSuccess False */
};

enum { STATUS_CONDITIONS_MAX = 4 };

struct import_status {
    struct str image_repository;
    struct str public_repository;
    int64_t observed_generation;
    struct str import_requested;
    struct tag_condition conditions[STATUS_CONDITIONS_MAX]; /* `generation` is observedGeneration */
    size_t condition_count;
    struct repository_details repository;
    bool has_summary;
    struct stream_summary summary;
    struct recorded_tag *tags; /* sorted by name */
    size_t count;
    size_t size; /* room */
};

/* As it stands. */
void import_status_copy(struct arena *arena, const struct import_stream *stream, struct import_status *ret);
/* NULL where there is none. */
struct recorded_tag *import_status_tag(struct import_status *status, struct str tag);
/* The same, added where there is none; what was found before may have moved. */
struct recorded_tag *import_status_add(struct arena *arena, struct import_status *status, struct str tag);
/* Makes it the newest event. */
void import_status_prepend(struct arena *arena, struct recorded_tag *tag, const struct tag_event *event);
/* The condition of that type; NULL where there is none. */
struct tag_condition *import_status_condition(struct import_status *status, struct str type);

enum { STATUS_JSON_MAX = 4 << 20 };
/* The value of `status`, as JSON; ERROR_TOO_LARGE beyond STATUS_JSON_MAX. */
MUST_CHECK int import_status_write(const struct import_status *status, struct text *out, struct error *err);
/* Whether the two are written alike; false where one of them cannot be written. */
bool import_status_is_same(struct arena *arena, const struct import_status *a, const struct import_status *b);

#endif
