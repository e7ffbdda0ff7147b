/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_SCAN_H
#define WEIR_BASE_JSON_SCAN_H

#include "base/error.h"
#include "base/json/keys.h"
#include "base/json/scan_state.h"

/*
 * The admission body's reader: a cursor over one JSON document that reads what
 * is asked for and skips the rest at the speed of memory, 64 bytes a step.
 *
 * It moves forward only. Every byte is looked at once, read or skipped:
 * refused are bytes that are not UTF-8, control characters, illegal escapes,
 * lone surrogates, unbalanced or unterminated values, more than
 * JSON_SCAN_DEPTH_MAX levels, and anything but white space after the document.
 * In the objects and lists that are entered the whole grammar holds as well, and
 * no member that is read is there twice (names are compared decoded); inside
 * what is skipped, punctuation, literals and numbers are not checked, nor which
 * bracket closes which.
 *
 * Failure is sticky: every function then returns false (JSON_SCAN_NONE), and
 * json_scan_finish() says what and where.
 *
 * A string without an escape is a view into the document; one with escapes is
 * decoded into the arena.
 */
enum json_scan_kind {
    JSON_SCAN_NONE, /* nothing there, or failed */
    JSON_SCAN_NULL,
    JSON_SCAN_BOOL,
    JSON_SCAN_NUMBER,
    JSON_SCAN_STRING,
    JSON_SCAN_LIST,
    JSON_SCAN_MAP,
};

/* `text` and `arena` must outlive the scan. Uses the fastest kernel of this machine. */
void json_scan_init(struct json_scan *scan, struct arena *arena, struct str text);
/*
 * The same with a named kernel ("avx2", "sse2", "neon", "portable"), for tests;
 * false where this machine cannot run it.
 */
MUST_CHECK bool json_scan_init_kernel(struct json_scan *scan, struct arena *arena, struct str text,
                                      const char *kernel);

/* The kind of value that begins with a byte. */
extern const unsigned char json_scan_kinds[256];
/* The part of json_scan_peek() that consumes white space, or fails. */
enum json_scan_kind json_scan_peek_far(struct json_scan *scan);

/* What the next value is; consumes white space only. */
static inline enum json_scan_kind json_scan_peek(struct json_scan *scan)
{
    enum json_scan_kind kind =
        scan->at < scan->text.len ? json_scan_kinds[(unsigned char)scan->text.ptr[scan->at]] : JSON_SCAN_NONE;

    return kind != JSON_SCAN_NONE ? kind : json_scan_peek_far(scan);
}

/*
 * Walks an object: json_scan_open() at its '{', then json_scan_next() until it
 * returns JSON_SCAN_END (also where it fails). On the way all that is not asked
 * for is skipped, and strings that have a place are put there. It stops at a
 * member to ask for, and where one with a place is no string: gives the index of
 * its field, and exactly one value must be consumed. A member that is asked for
 * and there twice is a failure.
 */
enum { JSON_SCAN_END = -1 };
/* The part of json_scan_open() that passes over white space, or fails. */
bool json_scan_open_far(struct json_scan *scan);

static inline bool json_scan_open(struct json_scan *scan, const struct json_scan_wanted *wanted, void *target,
                                  struct json_scan_map *ret)
{
    ret->wanted = wanted;
    ret->target = target;
    ret->seen = 0;
    ret->expected = wanted->fields;
    ret->inside = false;
    if (scan->at >= scan->text.len || scan->text.ptr[scan->at] != '{' || scan->depth >= JSON_SCAN_DEPTH_MAX)
        return json_scan_open_far(scan);
    scan->depth++;
    return true;
}

static inline int json_scan_next(struct json_scan *scan, struct json_scan_map *map)
{
    return scan->next(scan, map);
}

/*
 * The same where every member is wanted: json_scan_enter_map() at the '{',
 * then json_scan_member() until it returns false. No two members may be equal.
 * `keys` remembers the members seen, for duplicates; it is the caller's, zeroed
 * by json_scan_enter_map().
 */
bool json_scan_enter_map(struct json_scan *scan, struct json_keys *keys);
bool json_scan_member(struct json_scan *scan, struct json_keys *keys, struct str *ret_key);

/* Walks a list: json_scan_enter_list() at its '[', then json_scan_element() with `first` true once. */
bool json_scan_enter_list(struct json_scan *scan);
/* The part of json_scan_element() for others than an object right behind its bracket or comma. */
bool json_scan_element_far(struct json_scan *scan, bool *first);

static inline bool json_scan_element(struct json_scan *scan, bool *first)
{
    size_t at = scan->at + !*first;

    if (at >= scan->text.len || scan->text.ptr[at] != '{' || (!*first && scan->text.ptr[at - 1] != ','))
        return json_scan_element_far(scan, first);
    *first = false;
    scan->at = at;
    return true;
}

/* Consume one value of that kind; false (and failed) where it is of another. */
bool json_scan_string(struct json_scan *scan, struct str *ret);
bool json_scan_bool(struct json_scan *scan, bool *ret);
bool json_scan_number(struct json_scan *scan, struct str *ret); /* the number's text */
bool json_scan_null(struct json_scan *scan);
/* Consumes one value of any kind, unread. */
bool json_scan_skip(struct json_scan *scan);
/* The same, and returns its bytes in the document, to be scanned again later. */
bool json_scan_skip_raw(struct json_scan *scan, struct str *ret);

bool json_scan_failed(const struct json_scan *scan);
/* Records a caller's own complaint at this place (a static sentence); returns false. */
bool json_scan_fail(struct json_scan *scan, const char *problem);

/*
 * To be called after the document's value was consumed: only white space may
 * follow. Gives the first failure of the whole scan, as ERROR_INVALID with its
 * offset and never a byte of the document.
 */
MUST_CHECK int json_scan_finish(struct json_scan *scan, struct error *err);

#endif
