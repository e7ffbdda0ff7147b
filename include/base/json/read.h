/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_READ_H
#define WEIR_BASE_JSON_READ_H

#include "base/value.h"

/*
 * Reads one JSON document (RFC 8259) into a tree, by yajl with the deviations
 * of yajl 2.1 switched off: refused are duplicate members (compared decoded),
 * bytes that are not UTF-8, lone surrogates, white space other than the four,
 * comments, numbers beyond binary64, anything but white space after the
 * document, and more than VALUE_DEPTH_MAX levels. Numbers stay text.
 *
 * Strings are copied into the arena. Messages give line and column, never the
 * document's own bytes, which may be secret.
 */
MUST_CHECK int json_read(struct arena *arena, struct str text, struct value **ret, struct error *err);

/* Documents that stand one after another at the end of a text; they are the arena's. */
struct json_stream {
    /* The caller sets: where they begin, the line of that place, which counts from 1, and where its columns
     * begin. */
    size_t start;
    size_t line_start;
    uint32_t line;
    size_t values_max;
    /* The reader sets: */
    struct value *first; /* linked by `next` */
    size_t count;        /* that were begun, also where reading fails */
    size_t values;       /* in all of them */
};

/*
 * Documents one after another, each an object, with nothing but white space and
 * byte order marks before and between them: what kubectl takes, and what files
 * of editors that write marks become when they are joined. Places are those of
 * the whole text. ERROR_TOO_LARGE for more than `values_max` values in all of them.
 */
MUST_CHECK int json_read_stream(struct arena *arena, struct str text, struct json_stream *stream,
                                struct error *err);

/*
 * The same reader as a verdict, with a caller's depth limit and no tree kept:
 * what the admission scanner is compared against.
 */
MUST_CHECK int json_read_depth(struct arena *arena, struct str text, size_t depth_max, struct value **ret,
                               struct error *err);

#endif
