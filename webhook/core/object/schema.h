/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_OBJECT_SCHEMA_H
#define WEIR_CORE_OBJECT_SCHEMA_H

#include "base/error.h"
#include "base/text_pool.h"
#include "base/value.h"

/*
 * What the objects of the cluster look like, as tables of fields, and the one
 * decoder that reads a tree by such a table into a plain struct. It alone knows
 * of wrong types, unknown and missing fields; the owner of a table only adds
 * what a table cannot say.
 *
 * Null is absent, everywhere; a null element of a list is passed over.
 */
enum object_field_kind {
    OBJECT_FIELD_ANY,         /* accepted, not looked at */
    OBJECT_FIELD_STRING,      /* struct str */
    OBJECT_FIELD_BOOL,        /* bool */
    OBJECT_FIELD_INT,         /* int64_t */
    OBJECT_FIELD_TIME,        /* int64_t seconds since the epoch, from RFC 3339 */
    OBJECT_FIELD_DURATION,    /* int64_t seconds, from a Go duration */
    OBJECT_FIELD_CHOICE,      /* an enum, from one of `choices`; false is "Off", as YAML has it unquoted */
    OBJECT_FIELD_CHOICE_BOOL, /* bool, from one of `choices` whose values are 0 and 1 */
    OBJECT_FIELD_CHOICE_BITS, /* unsigned: a list of choices, or-ed */
    OBJECT_FIELD_CHOICE_LIST, /* enum *, and a count: a list of choices in order */
    OBJECT_FIELD_STRING_LIST, /* struct str *, and a count */
    OBJECT_FIELD_STRING_MAP,  /* struct object_member *, and a count */
    OBJECT_FIELD_OBJECT,      /* by `type`, into the same struct */
    OBJECT_FIELD_LIST,        /* array of structs by `type`, and a count */
};

enum {
    OBJECT_FIELD_REQUIRED = 1,  /* absent is an error */
    OBJECT_FIELD_NOT_EMPTY = 2, /* an empty text, list or map is an error */
    OBJECT_FIELD_BORROWED =
        4, /* the text stays in the tree's memory: the decoder copies it where it is kept */
    OBJECT_FIELD_FORGIVING = 8, /* an empty choice is absent, and an unknown one where unknown fields are */
};

enum { OBJECT_LIST_MAX = 100000 }; /* elements of one list or map */

#define OBJECT_NO_OFFSET SIZE_MAX

/* One entry of a map of texts; laid out as struct label is. */
struct object_member {
    struct str key;
    struct str value;
};

struct object_choice {
    struct str name;
    int value;
};

struct object_type;

struct object_field {
    struct str name;
    enum object_field_kind kind;
    unsigned flags;
    size_t offset;    /* in the struct; OBJECT_NO_OFFSET: checked, but not kept */
    size_t count_at;  /* of a size_t, for lists and maps */
    size_t set_at;    /* of a bool that says that the field was there, or OBJECT_NO_OFFSET */
    size_t count_max; /* 0: OBJECT_LIST_MAX */
    const struct object_type *type;
    const struct object_choice *choices; /* ended by an empty name */
    /* Says what is wrong with a text (each of a list), in a sentence without the path. */
    int (*check)(struct str text, struct error *err);
    int (*check_key)(struct str key, struct error *err); /* the same of a map's keys */
};

struct object_type {
    const struct object_field *fields;
    size_t count;
    size_t size;         /* of the struct, for lists */
    const void *initial; /* what a new element begins as; NULL: zeros */
    bool open;           /* unknown fields are ignored, however strict the decoder */
};

/* One decoding. The struct's memory and texts are kept in `arena` and `texts`. */
struct object_decoder {
    struct arena *arena;
    struct text_pool *texts;
    bool strict;   /* unknown fields are errors */
    uint32_t line; /* of the last complaint */
    struct error *err;
};

/* Where a value stands: "spec.pullPolicy[0].allow[1]". */
struct object_path {
    const struct object_path *outer; /* NULL: `name` begins it */
    struct str name;                 /* a field; empty: an element */
    size_t index;
};

MUST_CHECK int object_schema_decode(struct object_decoder *decoder, const struct object_type *type,
                                    const struct value *value, const struct object_path *path, void *ret);

/*
 * Puts the path in front of what is in decoder->err and remembers the line
 * (value NULL: the line stays). `failed` is what error_set() returned:
 * return object_schema_at(decoder, path, value, error_set(decoder->err, …));
 */
MUST_CHECK int object_schema_at(struct object_decoder *decoder, const struct object_path *path,
                                const struct value *value, int failed);

#endif
