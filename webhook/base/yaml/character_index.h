/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_YAML_CHARACTER_INDEX_H
#define WEIR_BASE_YAML_CHARACTER_INDEX_H

#include "base/str.h"

/*
 * From the number of a character (code point) of a valid UTF-8 text to its
 * offset in bytes, in constant time: every 256th offset is kept, none where all
 * is ASCII. The text is borrowed.
 */
struct character_index {
    struct str text;
    size_t count;    /* characters */
    size_t *offsets; /* from malloc; NULL: all is ASCII */
};

void character_index_init(struct character_index *index, struct str text);
void character_index_release(struct character_index *index);
/* The text's length for numbers beyond it. */
size_t character_index_offset(const struct character_index *index, size_t number);

#endif
