/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_IMAGE_RECORD_H
#define WEIR_CORE_IMPORT_IMAGE_RECORD_H

#include "base/text.h"
#include "core/import/image_outline.h"

/*
 * The Image of a digest, weir.dev/v1alpha1: the facts that image.openshift.io/v1
 * gives, by its names. `dockerImageMetadata` is that of the manifest, or of the
 * image that stands for an index.
 */
struct image_record {
    struct str digest;
    struct str repository; /* under which it was found, normalized */
    struct image_outline manifest;
    bool has_child;
    struct image_outline child; /* of an index: the image that stands for it */
    struct str config;          /* the configuration's bytes; empty: none was read */
};

enum {
    IMAGE_JSON_MAX = 1 << 20, /* bytes; etcd takes 1.5 MiB */
    IMAGE_NAME_MAX = 136,
};

/* "sha256-<hex>" of "sha256:<hex>"; in the arena. */
struct str image_record_name(struct arena *arena, struct str digest);

/*
 * The object as JSON. Where it would be larger than IMAGE_JSON_MAX, first the labels of the
 * configuration are left out, then the configuration, then the layers; the annotation
 * weir.dev/left-out names what is missing. A configuration that is no JSON object counts as none.
 */
MUST_CHECK int image_record_write(struct arena *arena, const struct image_record *record, struct str *ret,
                                  struct error *err);

#endif
