/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_IMAGE_OUTLINE_H
#define WEIR_CORE_IMPORT_IMAGE_OUTLINE_H

#include "base/arena.h"
#include "base/error.h"

/*
 * A manifest or index as an import needs it (OCI image-spec 1.1, "Image
 * Manifest", "Image Index"; Docker schema 2 and list, their twins). Texts are
 * the arena's.
 */
enum {
    IMAGE_LAYERS_MAX = 1024, /* further ones are not kept */
    IMAGE_CHILDREN_MAX = 1024,
};

/* One descriptor. */
struct image_part {
    struct str digest;
    struct str media_type;
    int64_t size;
    /* Of the images of an index. */
    struct str architecture;
    struct str os;
    struct str variant;
    bool is_attestation; /* says something about another one, and is no image */
};

struct image_outline {
    bool is_index;
    struct str media_type;
    struct image_part config; /* of a manifest; without digest: none */
    struct image_part *parts; /* layers of a manifest, the base first; images of an index */
    size_t count;
};

/* The platform whose image stands for an index. */
struct image_platform {
    struct str os;
    struct str architecture;
    struct str variant; /* empty: any */
};

/*
 * `media_type` is the answer's Content-Type; the document's own counts for more.
 * ERROR_INVALID where a descriptor has no valid digest or a list is none; no
 * message quotes the document.
 */
MUST_CHECK int image_outline_read(struct arena *arena, struct str document, struct str media_type,
                                  struct image_outline *ret, struct error *err);

/* Of an index: the image of the platform, else the first that is an image. NULL: there is none. */
const struct image_part *image_outline_child(const struct image_outline *index,
                                             const struct image_platform *platform);

/* Whether the configuration is that of a container image, and to be read. */
bool image_outline_has_image_config(const struct image_outline *manifest);

#endif
