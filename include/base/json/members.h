/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_MEMBERS_H
#define WEIR_BASE_JSON_MEMBERS_H

#include "base/arena.h"

/*
 * The members of an object that its reader asks for, in the order in which they
 * usually come; at most JSON_SCAN_WANTED_MAX, each name at least a byte. Usually a
 * table made by JSON_SCAN_WANTED().
 */
struct json_scan_field {
    struct str name;
    size_t offset; /* where a string goes: a struct str at this offset of the target, or JSON_SCAN_ASK */
    uint64_t bit;  /* of json_scan_map's `seen`: 1 << index */
};
struct json_scan_wanted {
    const struct json_scan_field *fields;
    size_t count;
    uint64_t signatures; /* the bits of the names' */
};
enum { JSON_SCAN_WANTED_MAX = 64 };
#define JSON_SCAN_ASK SIZE_MAX

/* From the length and the first byte: most names that are not asked for have one of their own. */
#define JSON_SCAN_SIGNATURE(len, first) (UINT64_C(1) << ((len)*4 + (unsigned char)(first)) % 64)

#define JSON_SCAN_WANTED_ID(id, name, offset)        id,
#define JSON_SCAN_WANTED_FIELD(id, name, offset)     {STR_INIT(name), offset, UINT64_C(1) << (id)},
#define JSON_SCAN_WANTED_SIGNATURE(id, name, offset) | JSON_SCAN_SIGNATURE(sizeof(name) - 1, (name)[0])

/* From #define LIST(X) X(ID, "name", OFFSET) X(ID, "name", OFFSET) ...: the table, and each ID as an index
 * into it. */
#define JSON_SCAN_WANTED(table, LIST)                                                                        \
    enum { LIST(JSON_SCAN_WANTED_ID) };                                                                      \
    static const struct json_scan_field table##_fields[] = {LIST(JSON_SCAN_WANTED_FIELD)};                   \
    static const struct json_scan_wanted table = {table##_fields, ARRAY_LEN(table##_fields),                 \
                                                  0 LIST(JSON_SCAN_WANTED_SIGNATURE)}

/* Where the reader of an object stands. */
struct json_scan_map {
    const struct json_scan_wanted *wanted;
    char *target;                           /* what the offsets are of; may be NULL where there are none */
    uint64_t seen;                          /* the bits of the fields that were there */
    const struct json_scan_field *expected; /* tried first; may be the end of the fields */
    bool inside; /* behind the first member; before it the scan still is at the '{' */
};

#endif
