/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_OBJECT_KINDS_H
#define WEIR_CORE_OBJECT_KINDS_H

#include "core/object/cluster_objects.h"
#include "core/object/schema.h"

/*
 * For object_decode.c alone: each kind's table and its decoder. The decoders
 * fill in ret->as, and the names of `metadata` that they find.
 */

/* The members of `metadata` that we use. */
struct object_metadata {
    struct str name;
    struct str namespace;
    struct object_member *labels;
    size_t label_count;
};

/* A member list for the tables. */
#define FIELD_OF(structure, member)   .offset = offsetof(structure, member), .set_at = OBJECT_NO_OFFSET
#define FIELD_NOWHERE                 .offset = OBJECT_NO_OFFSET, .set_at = OBJECT_NO_OFFSET
#define OBJECT_TYPE(table, structure) .fields = (table), .count = ARRAY_LEN(table), .size = sizeof(structure)
/* apiVersion, kind and metadata, which every object has. */
#define OBJECT_FIELD_HEADER                                                                                  \
    {STR_INIT("apiVersion"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                               \
        {STR_INIT("kind"), OBJECT_FIELD_ANY, FIELD_NOWHERE},                                                 \
    {                                                                                                        \
        STR_INIT("metadata"), OBJECT_FIELD_ANY, OBJECT_FIELD_REQUIRED, FIELD_NOWHERE                         \
    }

/* The tables, for the tests that compare them with the schemas of the custom resources. */
extern const struct object_type decode_image_stream_type;
extern const struct object_type decode_stream_policy_type;
extern const struct object_type decode_stream_policy_cluster_type;

MUST_CHECK int decode_image_stream(struct object_decoder *decoder, const struct value *value,
                                   const struct object_metadata *metadata, struct cluster_object *ret);
MUST_CHECK int decode_stream_policy(struct object_decoder *decoder, const struct value *value,
                                    const struct object_metadata *metadata, struct cluster_object *ret);
MUST_CHECK int decode_pull_secret(struct object_decoder *decoder, const struct value *value,
                                  const struct object_metadata *metadata, struct cluster_object *ret);

#endif
