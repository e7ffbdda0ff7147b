/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_RESOLVE_TEXT_EDIT_H
#define WEIR_CMD_RESOLVE_TEXT_EDIT_H

#include "base/text.h"

/* Bytes [start, end) of a text become `replacement`. */
struct text_edit {
    size_t start;
    size_t end;
    struct str replacement;
};

/* `edits` in the order of the text, without overlap. The result is the arena's. */
struct str text_edits_apply(struct arena *arena, struct str text, const struct text_edit *edits,
                            size_t count);

/*
 * The same edits as a unified diff with three lines of context, between
 * a/<name> and b/<name>; nothing where there are none. The name is written so
 * that patch -p1 and git apply find it: with a tab behind one that has a space,
 * in quotes as C has them where a character would end it.
 */
void text_edit_diff(struct text *out, struct str name, struct str text, const struct text_edit *edits,
                    size_t count);

#endif
