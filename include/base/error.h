/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_ERROR_H
#define WEIR_BASE_ERROR_H

#include "base/str.h"

/* What callers branch on; everything else is in the text. */
enum error_code {
    ERROR_NONE = 0,
    ERROR_INVALID,     /* the input is wrong: asking again cannot help */
    ERROR_NOT_FOUND,   /* it is not there */
    ERROR_FORBIDDEN,   /* refused, by a person's rule or by a peer */
    ERROR_TOO_LARGE,   /* beyond a named limit */
    ERROR_UNAVAILABLE, /* not now: asking again may help */
    ERROR_TIMEOUT,     /* a deadline passed */
    ERROR_CONFLICT,    /* another writer was first: read it again */
    ERROR_EXISTS,      /* to be made, but it is there already */
};

enum { ERROR_TEXT_MAX = 512 };

/*
 * One failure: code and sentence, on the caller's stack. The sentence begins
 * lower case with the fact, quotes its subject and has no full stop. Longer
 * ones are cut. Bytes below 0x20 become '?', so that a message is one line.
 */
struct error {
    enum error_code code;
    char text[ERROR_TEXT_MAX];
};

/* Both return -1, so that failing and saying so is one statement. */
__attribute__((format(printf, 3, 4))) MUST_CHECK int error_set(struct error *err, enum error_code code,
                                                               const char *format, ...);
/* The same of what the system refused: ": " and its words for `number` behind it; by it the code. */
__attribute__((format(printf, 3, 4))) MUST_CHECK int error_set_errno(struct error *err, int number,
                                                                     const char *format, ...);
/* Puts "<prefix>: " in front of what is there; keeps the code. */
__attribute__((format(printf, 2, 3))) MUST_CHECK int error_prefix(struct error *err, const char *format, ...);

struct str error_text(const struct error *err);

#endif
