/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMAGE_REFERENCE_H
#define WEIR_CORE_IMAGE_REFERENCE_H

#include "base/arena.h"
#include "base/error.h"

/*
 * One image reference: the grammar and defaults of distribution/reference
 * (ParseNormalizedNamed), which the kubelet, containerd and docker share.
 * Every member is a view into the parsed text or a static string.
 *
 * `domain` is "docker.io" where none is written. It can be empty: a dotted
 * first component with an underscore parses, but names no registry.
 */
struct image_reference {
    struct str domain;
    bool library;      /* "library/" is implied in front of `path` (docker.io, one component) */
    bool domain_given; /* the text itself named a registry */
    struct str path;   /* repository path as written, without the implied "library/" */
    struct str tag;    /* empty: none */
    struct str digest; /* empty: none; else valid (core/image/digest.h) */
};

enum {
    IMAGE_REFERENCE_PATH_MAX = 255, /* of the path, "library/" included */
    IMAGE_REFERENCE_TAG_MAX = 128,
    IMAGE_REFERENCE_TEXT_MAX = 4096, /* longer texts are refused unread */
};

/* ERROR_INVALID with distribution's own words ("invalid reference format", …). */
MUST_CHECK int image_reference_parse(struct str text, struct image_reference *ret, struct error *err);

/*
 * Why `text` is refused, whole and with the bytes it quotes as they are: a
 * struct error cuts long sentences and masks control bytes. Empty where it is not.
 */
struct str image_reference_refusal(struct arena *arena, struct str text);

/*
 * domain/path, fully qualified: "docker.io/library/odoo". Without domain: the path alone. Where that is how
 * the parsed text has it, a view of that; else in the arena. So are those that follow.
 */
struct str image_reference_repository(struct arena *arena, const struct image_reference *ref);
/* repository[:tag][@digest], each as it is; of tag and digest either may be empty. */
struct str image_reference_of(struct arena *arena, struct str repository, struct str tag, struct str digest);
/* The same of a reference; adds no ":latest". */
struct str image_reference_normalized(struct arena *arena, const struct image_reference *ref);
/* What a person would type: docker.io and library/ left out. */
struct str image_reference_familiar(struct arena *arena, const struct image_reference *ref);
/* The same of the repository alone. */
struct str image_reference_familiar_repository(struct arena *arena, const struct image_reference *ref);
/* What the container runtime is asked for: ":latest" where there is neither, no tag beside a digest. */
struct str image_reference_docker(struct arena *arena, const struct image_reference *ref);

/* True where `repository` is this reference's fully qualified repository. No allocation. */
bool image_reference_in_repository(const struct image_reference *ref, struct str repository);

/* Number of components of `path` as written ("images/mi-web" has two). */
size_t image_reference_components(const struct image_reference *ref);

/* True where the text is a reference with a digest. */
bool image_reference_has_digest(struct str text);

#endif
