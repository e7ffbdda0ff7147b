/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_OBJECT_IMAGE_STREAM_H
#define WEIR_CORE_OBJECT_IMAGE_STREAM_H

#include "base/arena.h"

/* What a tag of a stream follows: spec.tags[].from (image.openshift.io/v1 TagReference). */
enum tag_source_kind {
    TAG_SOURCE_NONE,        /* absent or unusable */
    TAG_SOURCE_IMAGE,       /* DockerImage: a tag or digest in a registry */
    TAG_SOURCE_STREAM_TAG,  /* ImageStreamTag: an alias */
    TAG_SOURCE_STREAM_IMAGE /* ImageStreamImage: one digest of a stream */
};

/* spec.tags[]. The members under "derived" are image_stream_prepare()'s. */
struct stream_tag {
    struct str name;
    struct str from_kind;
    struct str from_name;
    struct str from_namespace;
    bool has_from;
    bool reference;
    bool local;    /* referencePolicy.type: Local */
    bool insecure; /* importPolicy.insecure: for imports; admission goes by --insecure-registry */
    bool scheduled;
    /* derived */
    enum tag_source_kind source;
    struct str source_normalized; /* IMAGE: as image_reference_normalized gives it */
    struct str source_repository; /* IMAGE */
    struct str source_tag;        /* IMAGE: as written, may be empty */
    struct str source_digest;     /* IMAGE and STREAM_IMAGE */
    bool source_askable;          /* IMAGE: it names a registry */
    struct str stream;            /* STREAM_TAG, STREAM_IMAGE: empty = the same stream */
    struct str stream_tag;        /* STREAM_TAG */
};

/* status.tags[].items[]: what a tag pointed to from `created` on. */
struct tag_event {
    struct str image;     /* the digest; empty for reference tags */
    struct str reference; /* dockerImageReference */
    int64_t created;      /* seconds since the epoch */
    bool created_known;
    int64_t generation;
    /* derived */
    bool image_valid;
    struct str repository; /* of `reference`, normalized; empty where it is empty or does not parse */
};

/* status.tags[]: the history of one tag, newest first. */
struct tag_history {
    struct str tag;
    struct tag_event *events;
    size_t count;
    int64_t last_checked; /* when the newest event was last recorded or confirmed, where known */
    bool last_checked_known;
    bool
        removed; /* removedSince: its tag of the spec was deleted; only §3 of the rules looks at its events */
    bool pending; /* a newer digest waits: the newest event is served meanwhile */
};

/*
 * An image stream (image.openshift.io/v1 ImageStream, weir.dev/v1alpha1 the
 * same). Immutable once prepared; everything is its arena's.
 */
struct image_stream {
    struct str namespace;
    struct str name;
    bool openshift;          /* of image.openshift.io; weir.dev wins where both have it */
    bool lookup_local;       /* spec.lookupPolicy.local */
    struct str repository;   /* status.dockerImageRepository; normalized, after prepare */
    struct stream_tag *tags; /* sorted by name, after prepare */
    size_t tag_count;
    struct tag_history *histories; /* sorted by tag, after prepare */
    size_t history_count;
};

/* Sorts both lists (the last of equal names wins) and fills in what is derived. */
void image_stream_prepare(struct arena *arena, struct image_stream *stream);

/* NULL where there is none. */
const struct stream_tag *image_stream_tag(const struct image_stream *stream, struct str tag);
const struct tag_history *image_stream_history(const struct image_stream *stream, struct str tag);
/* The newest event of the tag, or NULL. */
const struct tag_event *image_stream_latest(const struct image_stream *stream, struct str tag);

#endif
