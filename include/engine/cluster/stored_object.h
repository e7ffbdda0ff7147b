/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_STORED_OBJECT_H
#define WEIR_ENGINE_CLUSTER_STORED_OBJECT_H

#include "core/object/decode.h"

/*
 * One object of a cluster in one block of memory, as large as it must be. What
 * `as` holds is immutable and may be read by any thread; the rest is the
 * writer's.
 */
struct stored_object {
    uint64_t version; /* a hash of the uid and resourceVersion it was decoded from */
    uint64_t mark;    /* of the list that it was last seen in */
    union {
        struct image_stream stream;
        struct stream_policy policy; /* of the cluster's too */
        struct namespace_object namespace;
    } as;
};

/* Of what `as` holds, back to the whole. NULL gives NULL. */
struct stored_object *stored_object_of(const void *as);

/* What stands in for a policy that does not decode. `namespace` is empty for the cluster's. Freed by free().
 */
struct stored_object *stored_object_undecoded(struct str namespace, struct str name);

/* Reads objects one after another; memory for what is needed meanwhile is kept. One thread. */
struct object_reader;

struct object_reader *stored_object_reader_new(void);
/* Gives back memory that only an unusually large object needed. */
void stored_object_reader_trim(struct object_reader *reader);
void stored_object_reader_free(struct object_reader *reader);

/*
 * ImageStream, StreamPolicy, ClusterStreamPolicy and Namespace, as `header`
 * says; freed by free(). ERROR_INVALID gives the path in the object.
 */
MUST_CHECK int stored_object_reader_decode(struct object_reader *reader, struct str json,
                                           const struct object_header *header, struct stored_object **ret,
                                           struct error *err);

#endif
