/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_STREAM_LOOKUP_H
#define WEIR_CORE_STREAM_LOOKUP_H

#include "core/cluster/view.h"
#include "core/image/reference.h"

/* What is looked at while references of one object are read (semantics §4). */
struct lookup_scope {
    struct arena *arena;
    const struct cluster_view *view;
    const struct effective_policy *policy;
    struct str namespace;             /* the object's */
    bool resolve_names;               /* the object or its pod template asks for streams by "*" */
    const struct str *registry_hosts; /* the virtual registries of streams */
    size_t registry_host_count;
};

enum reference_class {
    REFERENCE_UNPARSABLE,
    REFERENCE_PINNED,    /* has a digest */
    REFERENCE_STREAM,    /* a tag of `stream` */
    REFERENCE_NO_STREAM, /* means a stream, but there is none it may mean: `problem` */
    REFERENCE_PLAIN,     /* a tag in a registry */
    REFERENCE_SHADOWED, /* a plain tag whose name is a stream that is not opted in: never asked for; `problem`
                         */
};

struct looked_up {
    enum reference_class class;
    struct image_reference ref;
    const struct image_stream *stream;
    struct str tag;     /* of the stream; "latest" where none is written */
    struct str problem; /* a sentence */
};

void stream_lookup(const struct lookup_scope *scope, struct str text, struct looked_up *ret);

/* The object's own namespace, or one of the policy's sharedNamespaces. */
bool stream_lookup_namespace_allowed(const struct lookup_scope *scope, struct str namespace);

/*
 * Whether `repository` belongs to what a tag follows: its sources, its events'
 * pull specs and dockerImageRepository, along its aliases.
 */
bool stream_lookup_tag_has_repository(const struct lookup_scope *scope, const struct image_stream *stream,
                                      struct str tag, struct str repository);
/* The same of any tag of the stream. */
bool stream_lookup_has_repository(const struct lookup_scope *scope, const struct image_stream *stream,
                                  struct str repository);

/* Whether the source is behind one of the virtual registry hosts. */
bool stream_lookup_source_is_virtual(const struct lookup_scope *scope, const struct stream_tag *tag);

/* What the tag can follow here; NONE for NULL, and for a source behind a virtual registry host: a stream
 * cannot be its own source by that way. */
static inline enum tag_source_kind stream_tag_source(const struct lookup_scope *scope,
                                                     const struct stream_tag *tag)
{
    if (!tag)
        return TAG_SOURCE_NONE;
    if (tag->source != TAG_SOURCE_IMAGE || !tag->source_askable || scope->registry_host_count == 0)
        return tag->source;
    return stream_lookup_source_is_virtual(scope, tag) ? TAG_SOURCE_NONE : TAG_SOURCE_IMAGE;
}

/* The stream that a tag's alias leads to; NULL where it is not there or not allowed. */
const struct image_stream *stream_lookup_alias_target(const struct lookup_scope *scope,
                                                      const struct image_stream *stream,
                                                      const struct stream_tag *tag);

enum { STREAM_ALIAS_STEPS_MAX = 16 };

#endif
