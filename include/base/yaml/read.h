/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_YAML_READ_H
#define WEIR_BASE_YAML_READ_H

#include "base/value.h"

/*
 * Reads a stream of YAML documents into trees, by libyaml; JSON objects, one or
 * more after another, as base/json/read.h has them, so that all of JSON is
 * understood: where the text begins with them, or a document does. A byte order
 * mark may stand before any document and has no column.
 *
 * Plain scalars mean what they mean to kubectl (go-yaml 2): null, ~ and nothing
 * are VALUE_NULL; true, yes, on, y and their opposites are VALUE_BOOL; integers
 * (decimal, 0x, 0o, 0b, leading 0 = octal, with _) become VALUE_NUMBER in
 * decimal, other numbers VALUE_NUMBER as written without _; the rest, numbers
 * beyond binary64 among it, and all that is quoted, is VALUE_STRING. Explicit
 * !!str, !!int, !!float, !!bool and !!null hold; other tags leave a scalar a string. Keys are text: booleans
 * "true" and "false", numbers their text, others refused.
 *
 * Offsets are bytes of `text`. A scalar's [start, end) is what an editor may
 * replace: tag and anchor are outside of it, quotes are inside, a block scalar
 * begins at its | or >. The end of a block list or map is where the next token
 * begins.
 *
 * An alias is a node of its own with the alias' place (VALUE_PLAIN) and the
 * content of the anchored one, whose children it shares; the members that `<<`
 * merges in have the places where they are written.
 *
 * Refused with line and column: what is not YAML or not UTF-8, NUL and other
 * control characters, a key twice in one map, keys that are lists or maps, an
 * alias inside its own anchor, more than VALUE_NODES_MAX nodes of all documents
 * together (an alias counts as all it stands for), more than 1000 anchors in one. Messages quote keys
 * and anchors, never values.
 */
struct yaml_documents {
    struct value **items; /* an empty document is VALUE_NULL */
    size_t count;
};

/* The trees are the arena's and borrow nothing from `text`. Depth: VALUE_DEPTH_MAX, aliases expanded. */
MUST_CHECK int yaml_read(struct arena *arena, struct str text, struct yaml_documents *ret, struct error *err);

#endif
