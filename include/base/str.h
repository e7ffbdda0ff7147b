/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_STR_H
#define WEIR_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Borrowed text: a pointer and a length. Never NUL-terminated, may hold NUL
 * bytes, owns nothing; the function that gives one says how long it stays valid.
 * The empty text may have a NULL pointer.
 */
struct str {
    const char *ptr;
    size_t len;
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* A literal as text; STR_INIT is the same for static tables. */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_INIT(literal)                                                                                    \
    {                                                                                                        \
        (literal), sizeof(literal) - 1                                                                       \
    }
/* printf("%.*s") arguments. */
#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Equal to a literal; inlined, for choosing among names on the admission path. */
#define STR_IS(s, literal)                                                                                   \
    ((s).len == sizeof(literal) - 1 && memcmp((s).ptr, literal, sizeof(literal) - 1) == 0)

struct str str_from_c(const char *text); /* NULL gives the empty text */

/* Short ones, as most are, are compared without a call: as two pieces of one fixed length that overlap. */
static inline bool str_equal(struct str a, struct str b)
{
    uint64_t x[2], y[2];
    uint32_t u[2], v[2];

    if (a.len != b.len)
        return false;
    if (a.len > 16)
        return memcmp(a.ptr, b.ptr, a.len) == 0;
    if (a.len >= 8) {
        memcpy(&x[0], a.ptr, 8);
        memcpy(&y[0], b.ptr, 8);
        memcpy(&x[1], a.ptr + a.len - 8, 8);
        memcpy(&y[1], b.ptr + b.len - 8, 8);
        return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
    }
    if (a.len >= 4) {
        memcpy(&u[0], a.ptr, 4);
        memcpy(&v[0], b.ptr, 4);
        memcpy(&u[1], a.ptr + a.len - 4, 4);
        memcpy(&v[1], b.ptr + b.len - 4, 4);
        return ((u[0] ^ v[0]) | (u[1] ^ v[1])) == 0;
    }
    return a.len == 0 || (a.ptr[0] == b.ptr[0] && a.ptr[a.len / 2] == b.ptr[b.len / 2] &&
                          a.ptr[a.len - 1] == b.ptr[b.len - 1]);
}

/*
 * Copies the text to `to`, where it has room. Short ones, as most are, without
 * a call: as two pieces of one fixed length that overlap.
 */
static inline void str_copy(char *to, struct str s)
{
    if (s.len > 32) {
        memcpy(to, s.ptr, s.len);
    } else if (s.len >= 16) {
        memcpy(to, s.ptr, 16);
        memcpy(to + s.len - 16, s.ptr + s.len - 16, 16);
    } else if (s.len >= 8) {
        memcpy(to, s.ptr, 8);
        memcpy(to + s.len - 8, s.ptr + s.len - 8, 8);
    } else if (s.len >= 4) {
        memcpy(to, s.ptr, 4);
        memcpy(to + s.len - 4, s.ptr + s.len - 4, 4);
    } else if (s.len > 0) {
        to[0] = s.ptr[0];
        to[s.len / 2] = s.ptr[s.len / 2];
        to[s.len - 1] = s.ptr[s.len - 1];
    }
}

bool str_equal_nocase(struct str a, struct str b); /* ASCII letters only */
int str_compare(struct str a, struct str b);       /* byte order, as memcmp; shorter first */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_is_blank(struct str s); /* empty, or only space, tab, CR, LF */

/* Index of the first (last) `c`, or s.len where there is none. */
size_t str_find(struct str s, char c);
size_t str_rfind(struct str s, char c);
/* True where `needle` occurs in `s`; the empty needle always does. */
bool str_contains(struct str s, struct str needle);

/* Bytes [from, to) and [from, len); indices past the end are cut to it. */
struct str str_slice(struct str s, size_t from, size_t to);
struct str str_from(struct str s, size_t from);
/* Without leading and trailing space, tab, CR, LF. */
struct str str_trim(struct str s);
/*
 * Takes the part before the first `c` off `*rest` and returns it; without `c`
 * all of it, leaving `*rest` empty with a NULL pointer. Loop: while (rest.ptr).
 */
struct str str_cut(struct str *rest, char c);

/* Copies the bytes to *at, which moves behind them; returns where they are now. For blocks sized before. */
struct str str_put(char **at, struct str s);

/* Decimal, optional sign, whole text, within [min, max]. False leaves *ret alone. */
MUST_CHECK bool str_to_int64(struct str s, int64_t min, int64_t max, int64_t *ret);

/* Keyed 64-bit hash for tables whose keys strangers choose; not cryptographic. */
uint64_t str_hash(struct str s, uint64_t seed);

#endif
