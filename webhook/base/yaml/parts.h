/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_YAML_PARTS_H
#define WEIR_BASE_YAML_PARTS_H

#include "base/str.h"

/*
 * Cuts a text into parts of whole documents, so that each can be read by what
 * understands it: JSON objects one behind another stand between documents of
 * YAML, and a byte order mark before any of them, where files were joined.
 *
 * A part begins
 * - with the text;
 * - at a line that begins with "---" where an object or a mark follows, and
 *   wherever objects stand before it: at the start of a line "---" is always a
 *   document's boundary, also in a scalar (YAML 1.2.2 §9.1.2). But "---" below
 *   directives belongs to them;
 * - behind a mark at the start of a line, where no document is open or "---"
 *   follows it (§5.2, §9.2); a "---" just before the mark adds no document;
 * - behind a line "..." where objects stand before it.
 */
struct yaml_part {
    size_t start;   /* the start of a line, but for marks before it */
    size_t content; /* behind the "---" that it may begin with */
    size_t end;
    size_t line;     /* of `start`, from 0 */
    bool is_objects; /* `content` begins with "{", white space aside */
};

/* One pass over the lines of `text`: {.text = text} is its start. */
struct yaml_parts {
    struct str text;
    size_t at;
    size_t line;
};

bool yaml_parts_next(struct yaml_parts *parts, struct yaml_part *ret);

#endif
