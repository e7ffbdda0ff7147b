/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_OBJECT_STREAM_DETAILS_H
#define WEIR_CORE_OBJECT_STREAM_DETAILS_H

#include "base/error.h"
#include "base/value.h"
#include "core/object/label_selector.h"

/*
 * What an image stream says beside what decides about admissions: for people.
 * It stands apart from struct image_stream, of which a webhook keeps a hundred
 * thousand. Members that are not known are passed over, in every group.
 */

/* Seconds since the epoch. */
struct stream_time {
    int64_t at;
    bool known;
};

/* status.tags[].conditions[], and status.conditions[]. */
struct tag_condition {
    struct str type;
    struct str status; /* "True", "False", "Unknown" */
    struct str reason;
    struct str message;
    int64_t generation;         /* of a stream's condition observedGeneration */
    struct stream_time changed; /* lastTransitionTime */
};

/* spec.tags[] */
struct spec_tag_details {
    struct str name;
    int64_t generation;
    struct str import_mode; /* importPolicy.importMode */
    struct label *annotations;
    size_t annotation_count;
};

/* status.tags[].pending: a digest that is not an event yet. */
struct pending_digest {
    struct str digest;
    struct str reference;
    struct stream_time since;
    struct stream_time until;
};

/* status.tags[] */
struct status_tag_details {
    struct str tag;
    struct str source; /* what the last attempt was for */
    struct tag_condition *conditions;
    size_t condition_count;
    struct stream_time last_checked;
    struct stream_time next_check;
    struct stream_time missing_since;
    struct stream_time removed_since;
    struct stream_time unused_since;
    int64_t attempts; /* failures in a row */
    bool has_pending;
    struct pending_digest pending;
};

/* status.repository: the last listing of spec.dockerImageRepository. */
struct repository_details {
    struct str source;
    struct stream_time last_checked;
    struct stream_time next_check;
    int64_t attempts;
};

/* status.summary: what the columns of `kubectl get` show. */
struct stream_summary {
    struct str tags;
    struct stream_time updated;
    struct str image;
};

struct stream_details {
    struct str uid;
    struct str resource_version;
    int64_t generation; /* metadata.generation */
    struct stream_time created;
    struct label *labels;
    size_t label_count;
    struct label *annotations;
    size_t annotation_count;
    struct str spec_repository;   /* spec.dockerImageRepository: all its tags are the stream's */
    struct str image_repository;  /* status.dockerImageRepository, as written */
    struct str public_repository; /* status.publicDockerImageRepository */
    int64_t observed_generation;
    struct str import_requested; /* the value of weir.dev/import that was answered last */
    struct tag_condition *conditions;
    size_t condition_count;
    struct repository_details repository;
    bool has_summary;
    struct stream_summary summary;
    struct spec_tag_details *spec_tags; /* both sorted by name, the last of equal ones */
    size_t spec_tag_count;
    struct status_tag_details *status_tags;
    size_t status_tag_count;
};

/*
 * Of a tree that object_decode() has taken. ERROR_INVALID, with the path, where
 * one of these members has another type. Texts and lists are the arena's.
 */
MUST_CHECK int stream_details_decode(struct arena *arena, const struct value *value,
                                     struct stream_details *ret, struct error *err);

/* Of the tag of that name; NULL where there is none. */
const struct spec_tag_details *stream_details_spec_tag(const struct stream_details *details, struct str tag);
const struct status_tag_details *stream_details_status_tag(const struct stream_details *details,
                                                           struct str tag);
bool stream_details_is_false(const struct tag_condition *condition);
/* The failure of a status tag: its condition ImportSuccess, where that is False; else NULL. */
const struct tag_condition *stream_details_failure(const struct status_tag_details *tag);
/* The value of an annotation, empty where there is none. */
struct str stream_details_annotation(const struct label *annotations, size_t count, struct str key);

#endif
