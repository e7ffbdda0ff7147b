/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_RESOLVE_MANIFEST_RESOLVE_H
#define WEIR_CMD_RESOLVE_MANIFEST_RESOLVE_H

#include "cmd/decide/session.h"
#include "cmd/resolve/manifest_edit.h"

/* One manifest as it was read. All of it is borrowed, and must outlive the resolved one. */
struct manifest_input {
    const char *name; /* for messages */
    struct str text;
    struct str default_namespace; /* of objects that name none */
};

/* One image that is rewritten. */
struct resolved_image {
    uint32_t line, column; /* where it is used */
    struct str written;
    struct str stored;
};

/* What became of one manifest: all of it in the caller's arena, nothing of the tree. */
struct resolved_manifest {
    const char *name;
    struct str before;
    struct str text; /* with the images pinned */
    struct text_edit *edits;
    size_t edit_count;
    struct resolved_image *images;
    size_t image_count;
    size_t image_size;
    size_t refused_count;  /* objects denied for good */
    size_t unknown_count;  /* objects of kinds without a row that have images: told, left */
    size_t variable_count; /* images that are no reference yet: told, left */
    size_t not_now_count;  /* objects denied where asking again may help */
};

/*
 * Decides each workload of the manifest as if it were created, and puts the
 * pinned images into the text. Denials and warnings go to stderr, with the place
 * of the object; with a denial `text` is as it was. ERROR_INVALID for what
 * cannot be read or written.
 */
MUST_CHECK int manifest_resolve(struct arena *arena, struct decide_session *session,
                                const struct manifest_input *input, struct resolved_manifest *ret,
                                struct error *err);

#endif
