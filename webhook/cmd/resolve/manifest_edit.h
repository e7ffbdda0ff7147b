/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_RESOLVE_MANIFEST_EDIT_H
#define WEIR_CMD_RESOLVE_MANIFEST_EDIT_H

#include "cmd/resolve/manifest.h"
#include "cmd/resolve/text_edit.h"

/*
 * New texts for scalars of a manifest, written in place: only their own bytes
 * change, and they stay plain, quoted or block as they were. What is reached
 * through an alias (*x) is written once, where it is anchored (&x), and only if
 * every use of it gets the same text.
 */
struct manifest_edits {
    struct arena *arena;
    const struct manifest *manifest;
    struct text_edit *edits; /* in the order of the text after manifest_edits_finish() */
    size_t count;
    struct scalar_use *uses;
    size_t use_count;
};

/* One scalar, by its place in the tree, and what it shall be. */
struct scalar_use {
    size_t document;
    struct str pointer; /* of the document */
    struct str text;
    const struct value *node;
    size_t changed; /* places at which the node's bytes changed; kept with the first use of them */
};

void manifest_edits_init(struct manifest_edits *edits, struct arena *arena, const struct manifest *manifest);

/*
 * The scalar at `pointer` of the workload's object shall be `text`, an image
 * reference. ERROR_INVALID, with line and column, where that cannot be written.
 */
MUST_CHECK int manifest_edits_add(struct manifest_edits *edits, const struct manifest_workload *workload,
                                  struct str pointer, struct str text, struct error *err);

/*
 * The new text. It is read again and compared: nothing but the given scalars
 * has changed, else ERROR_INVALID, which says where.
 */
MUST_CHECK int manifest_edits_finish(struct manifest_edits *edits, struct str *ret, struct error *err);

#endif
