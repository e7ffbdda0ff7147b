/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_STREAM_TAG_RESOLUTION_H
#define WEIR_CORE_STREAM_TAG_RESOLUTION_H

#include "core/stream/lookup.h"
#include "core/stream/tag_answers.h"

/* From a stream's tag, or a plain tag, to a digest (semantics §5). */

/* What is asked while one object is decided: each reference once, by the freshest of its askers. */
struct question_list {
    struct tag_question *items;
    size_t count;
    size_t size;
    size_t answers_used; /* of the answers: where to look for the next */
    bool refused;        /* a registry that was asked gave no answer that helps */
};

struct resolution_scope {
    struct lookup_scope lookup;
    const struct tag_answers *answers;
    struct question_list *questions;
    enum revision_state revision; /* of the Pod, where the object is one that has it */
    bool *needs_revision;         /* set where it has to be asked for */
    int64_t now;
};

enum resolution_kind {
    RESOLUTION_ASKED,    /* something has to be asked for: decide again with the answer */
    RESOLUTION_PIN,      /* `stored` has a digest */
    RESOLUTION_NAME,     /* a reference tag: `stored` is a plain name */
    RESOLUTION_MUST_NOT, /* no answer, and asking again cannot help */
    RESOLUTION_NOT_NOW,  /* no answer, but asking again may help */
};

struct tag_resolution {
    enum resolution_kind kind;
    struct str stored;
    struct str digest;
    struct str cause;   /* of a failure, a sentence */
    struct str source;  /* the registry tag that is followed, normalized; empty: none */
    struct str warning; /* a record was served although a newer one was asked for */
    enum pin_origin origin;
    int64_t age; /* of a record, seconds; -1: no record */
    struct str credential;
};

static inline bool tag_resolution_failed(const struct tag_resolution *resolution)
{
    return resolution->kind == RESOLUTION_MUST_NOT || resolution->kind == RESOLUTION_NOT_NOW;
}

/* A stream's tag, and which answers will do. */
struct stream_question {
    const struct image_stream *stream;
    struct str tag;
    enum freshness freshness; /* where it is FROM_PULL_POLICY the caller has already replaced it */
    bool required;            /* a record older than maxStale will not do */
};

void tag_resolution_stream(const struct resolution_scope *scope, const struct stream_question *question,
                           struct tag_resolution *ret);

/* A tag in a registry. */
void tag_resolution_plain(const struct resolution_scope *scope, const struct image_reference *ref,
                          enum freshness freshness, struct tag_resolution *ret);

#endif
