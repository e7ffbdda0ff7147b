/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_VIEW_H
#define WEIR_CORE_IMPORT_VIEW_H

#include "core/object/image_stream.h"
#include "core/object/stream_details.h"
#include "core/object/stream_policy.h"

/*
 * What is looked at while it is decided what a stream's tags need, and what
 * their record becomes: the stream, those that its tags follow, the settings,
 * and what this process knows beside the status. Times are seconds since the
 * epoch. Everything is borrowed.
 */

/* One stream, decoded and prepared. */
struct import_stream {
    const struct image_stream *stream;
    const struct stream_details *details;
};

/* What flags say; times in seconds. */
struct import_settings {
    int64_t interval;       /* between two checks of a scheduled tag */
    int64_t interval_min;   /* shorter intervals of annotations are raised to it */
    int64_t retry_pause;    /* after the first failure that may pass by itself */
    int64_t record_checks;  /* how far a recorded lastChecked may lag behind the last check */
    int64_t notified_after; /* from a registry's notification to the check */
    int64_t image_grace;    /* from when a removed tag was first found unused to its end; 0: never */
    size_t history_limit;   /* events that a tag keeps; 0: all */
    size_t object_limit;    /* bytes of a stream as it is sent; 0: any */
    size_t repository_tags; /* tags that are taken of spec.dockerImageRepository */
};

/* What this process knows of a tag and no status says. Zero: nothing. */
struct import_memory {
    struct str tag;
    int64_t begun;    /* when the last check that was answered was planned */
    int64_t checked;  /* when its answer came, whatever it was; of a listing, the last that succeeded */
    int64_t retry;    /* after a failure: when it is asked for again, where that is later than recorded */
    int64_t held;     /* not to be asked for before: its registry could not be asked at all */
    int64_t notified; /* when a registry last told that its source changed */
    int64_t attempts; /* failures in a row, where more than recorded */
    bool asked; /* the last attempt failed, and a person or a new source asked for it: retries do not soak */
    uint64_t answered; /* the request of weir.dev/import that was answered for it, as import_view_request() */
};

/*
 * The digests that the cluster uses: of Pods and templates, the indexes of which they are children, and
 * the events that revisions are pinned to. Sorted by byte order, each once.
 */
struct import_usage {
    const struct str *digests;
    size_t count;
};

struct import_view {
    struct import_stream self;
    const struct import_stream *others; /* whose tags are followed, directly or along others; in any order */
    size_t other_count;
    const struct str_list *shared; /* namespaces whose streams the policy shares with this one */
    const struct import_settings *settings;
    struct import_memory *memory; /* of its tags, in any order; those of results are there */
    size_t memory_count;
    struct import_memory *const *memory_index; /* import_view_index(); NULL: none */
    struct import_memory *listing;             /* of spec.dockerImageRepository; NULL: it is not listed */
    const struct import_usage *usage; /* NULL: not known yet, nothing is trimmed for its age or removed */
    size_t object_size;               /* bytes of the stream as it is sent, without its status */
    int64_t now;
    int64_t start; /* since when this process leads: what became due before is not made up for at once */
};

/* A stream that one of the tags follows. */
struct import_target {
    struct str namespace;
    struct str name;
};

/* The other streams that the tags name, each at most once per tag that names it; the stream's own is left
 * out. */
size_t import_view_targets(struct arena *arena, const struct image_stream *stream,
                           const struct import_target **ret);

/* The stream itself or one of the others; NULL where it is not among them. */
const struct import_stream *import_view_stream(const struct import_view *view, struct str namespace,
                                               struct str name);
/* Whether tags of the stream may follow streams of that namespace. */
bool import_view_may_follow(const struct import_view *view, struct str namespace);

/* Makes each later look into the memory cheap, of a stream of many tags. */
void import_view_index(struct arena *arena, struct import_view *view);
/* NULL where nothing is known. */
struct import_memory *import_view_memory(const struct import_view *view, struct str tag);

/* weir.dev/suspend: "true": nothing of the stream is checked or moved. */
bool import_view_is_suspended(const struct import_view *view);
/* The request of weir.dev/import that the status has not answered; 0: none. */
uint64_t import_view_request(const struct import_view *view);

/* Asked of a registry: follows an image there, and is not a mere name for it. */
static inline bool import_view_is_importable(const struct stream_tag *tag)
{
    return tag->source == TAG_SOURCE_IMAGE && !tag->reference;
}

/* An annotation of the tag, where `tag` is not NULL, else of the stream; empty where neither has it. */
struct str import_view_annotation(const struct import_view *view, struct str tag, struct str key);
enum { IMPORT_VIEW_UNREADABLE = -1 };
/* Its value as a duration, in seconds; 0 where it is not there, IMPORT_VIEW_UNREADABLE where it is none of a
 * second or more. */
int64_t import_view_seconds(const struct import_view *view, struct str tag, struct str key);
/* One of the stream itself. */
struct str import_view_stream_annotation(const struct import_view *view, struct str key);
bool import_view_is_used(const struct import_view *view, struct str digest);

#endif
