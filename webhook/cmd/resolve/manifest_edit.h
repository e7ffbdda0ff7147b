/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_RESOLVE_MANIFEST_EDIT_H
#define WEIR_CMD_RESOLVE_MANIFEST_EDIT_H

#include "cmd/resolve/manifest.h"
#include "cmd/resolve/text_edit.h"

/* One place where a scalar is used, and what it shall be. */
struct scalar_use {
    const struct value *node;
    const struct value *target; /* whose bytes change: itself, or what its alias stands for */
    struct str text;
    struct text_edit edit;
    size_t changed; /* places at which the node's bytes changed; kept with the first use of them */
};

/* The strings of one document that have an anchor, by its name, then by their place. */
struct anchored_scalars {
    const struct value *root; /* NULL: not looked at yet */
    struct anchored_scalar *items;
    size_t count;
    size_t size;
};

/*
 * New texts for scalars of a manifest, written in place: only their own bytes
 * change, and they stay plain, quoted or block as they were. What is reached
 * through an alias (*x) is written once, where it is anchored (&x), and only if
 * every use of it gets the same text.
 */
struct manifest_edits {
    struct arena *arena;
    const struct manifest *manifest;
    struct scalar_use *uses;
    size_t use_count;
    size_t use_size;
    struct anchored_scalars anchored; /* of the document that was last asked about */
    struct text_edit *edits; /* after manifest_edits_finish(): in the order of the text, each place once */
    size_t count;
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
