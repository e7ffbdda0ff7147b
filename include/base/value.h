/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_VALUE_H
#define WEIR_BASE_VALUE_H

#include "base/arena.h"
#include "base/error.h"

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_NUMBER, /* `text` is the number as written: never decided by its float value */
    VALUE_STRING,
    VALUE_LIST,
    VALUE_MAP,
};

/* How a scalar stands in its source; JSON strings are VALUE_DOUBLE_QUOTED. */
enum value_style {
    VALUE_PLAIN,
    VALUE_SINGLE_QUOTED,
    VALUE_DOUBLE_QUOTED,
    VALUE_LITERAL,
    VALUE_FOLDED,
};

/*
 * One node of a document read from JSON or YAML. Everything lives in the
 * arena of the reader. Members of a map are unique and keep their order.
 * `start` and `end` are byte offsets of the node in the source, so that an
 * editor can replace just these bytes; lines and columns count from 1.
 */
struct value {
    enum value_kind kind;
    enum value_style style;
    bool boolean;
    struct str key;      /* of a map's member */
    struct str text;     /* VALUE_STRING (decoded) and VALUE_NUMBER */
    struct value *first; /* children of lists and maps, linked by `next` */
    struct value *next;
    size_t count;
    size_t start;
    size_t end;
    uint32_t line;
    uint32_t column;
};

enum {
    VALUE_DEPTH_MAX = 512,
    VALUE_NODES_MAX = 2000000, /* of all documents of one text */
};

/* The member of that name; NULL where there is none or `map` is NULL or no map. */
const struct value *value_find(const struct value *map, struct str key);
/* The same, ASCII case ignored, last one wins: how Go's encoding/json reads docker configs and registry
 * answers. */
const struct value *value_find_nocase(const struct value *map, struct str key);
/* value_find along a path, ended by NULL: value_path(doc, "metadata", "name", NULL). */
__attribute__((sentinel)) const struct value *value_path(const struct value *map, ...);
/* Its text where it is a string, else the empty text. NULL is allowed. */
struct str value_string(const struct value *value);
bool value_is_string(const struct value *value);
/* "null", "a boolean", "a number", "a string", "a list", "a map": for error messages. */
const char *value_kind_name(enum value_kind kind);

/* What a JSON Pointer (RFC 6901) leads to; NULL where there is nothing. */
const struct value *value_at_pointer(const struct value *value, struct str pointer);

#endif
