/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_REGISTRY_MANIFEST_OUTLINE_H
#define WEIR_CORE_REGISTRY_MANIFEST_OUTLINE_H

#include "base/error.h"

/*
 * What kind of manifest a body is, read byte by byte as it comes, so that its
 * size costs no memory: its brackets and tokens must be JSON, and of its top
 * level the members count that tell the kinds apart (OCI image-spec 1.1,
 * "Image Manifest" and "Image Index", and their Docker twins). Zero before use.
 */
enum {
    MANIFEST_DEPTH_MAX = 64,  /* levels of maps and lists; a deeper body is none */
    MANIFEST_TOKEN_KEPT = 80, /* bytes of a token that are kept; media types and numbers are shorter */
};

/* What the next byte that is no white space may be. */
enum manifest_expects {
    MANIFEST_BEGINNING, /* the one map */
    MANIFEST_FIRST_KEY, /* or the map's end */
    MANIFEST_KEY,
    MANIFEST_COLON,
    MANIFEST_VALUE,
    MANIFEST_FIRST_VALUE, /* or the list's end */
    MANIFEST_COMMA,       /* or the end of what is open */
    MANIFEST_END,
    MANIFEST_BROKEN,
};

enum manifest_member {
    MANIFEST_SCHEMA_VERSION,
    MANIFEST_MEDIA_TYPE,
    MANIFEST_CONFIG,
    MANIFEST_LAYERS,
    MANIFEST_MANIFESTS,
    MANIFEST_MEMBER_COUNT, /* any other one */
};

enum manifest_type { MANIFEST_TYPE_NONE, MANIFEST_TYPE_IMAGE, MANIFEST_TYPE_INDEX, MANIFEST_TYPE_OTHER };

struct manifest_outline {
    enum manifest_expects expects;
    enum { MANIFEST_NO_TOKEN, MANIFEST_STRING, MANIFEST_BARE } token; /* the one that is under way */
    bool escaped;                                                     /* its next byte is */
    int hex_left;                                                     /* digits of a \u that are to come */
    size_t depth;
    uint64_t maps; /* a bit for each open level, the innermost lowest: it is a map */
    char text[MANIFEST_TOKEN_KEPT];
    size_t text_len; /* beyond that: MANIFEST_TOKEN_KEPT + 1 */
    enum manifest_member member;
    char found[MANIFEST_MEMBER_COUNT]; /* the value's first byte; 0: it is not there */
    bool twice;                        /* one of them is there again */
    enum { MANIFEST_VERSION_OTHER, MANIFEST_VERSION_1, MANIFEST_VERSION_2 } version;
    enum manifest_type type;
};

void manifest_outline_add(struct manifest_outline *outline, struct str part);

/*
 * Whether all that came is one manifest or index that a container runtime of
 * today takes: schemaVersion 2; config and layers, or manifests, not both; no
 * mediaType of another kind, neither its own nor `content_type`, where that is
 * one of a manifest. ERROR_INVALID says what came instead, and quotes nothing.
 */
MUST_CHECK int manifest_outline_check(const struct manifest_outline *outline, struct str content_type,
                                      struct error *err);

/* ERROR_INVALID where the media type is one of schema 1, with what to do about it. */
MUST_CHECK int manifest_outline_refuse_schema_1(struct str content_type, struct error *err);

#endif
