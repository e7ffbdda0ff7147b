/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_SCAN_H
#define WEIR_BASE_JSON_SCAN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"

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
enum { JSON_SCAN_DEPTH_MAX = 10002 };

enum json_scan_kind {
    JSON_SCAN_NONE, /* nothing there, or failed */
    JSON_SCAN_NULL,
    JSON_SCAN_BOOL,
    JSON_SCAN_NUMBER,
    JSON_SCAN_STRING,
    JSON_SCAN_LIST,
    JSON_SCAN_MAP,
};

/*
 * Private; lives inside struct json_scan so that nothing is allocated. What the blocks from `start` on hold:
 * bit i of a word is the byte i of its block. Behind the last block is an empty one.
 */
enum { JSON_SCAN_WINDOW = 64 };

struct json_scan_window {
    uint64_t quotes[JSON_SCAN_WINDOW + 1];      /* quotes that open or close a string */
    uint64_t backslashes[JSON_SCAN_WINDOW + 1]; /* any backslash */
    uint64_t opens[JSON_SCAN_WINDOW + 1];       /* brackets and braces outside strings */
    uint64_t closes[JSON_SCAN_WINDOW + 1];
};

struct json_scan_map;

struct json_scan {
    struct str text;
    struct arena *arena;
    size_t at; /* offset of the next byte to look at; the text's end once failed */
    size_t depth;
    size_t window_start;   /* offset of the window's first block, a multiple of 64 */
    size_t window_end;     /* offset behind its last block: all in front of it is classified and checked */
    size_t known;          /* the same, but not beyond the text */
    size_t whole_blocks;   /* end of the last 64-byte block that lies within the text */
    size_t utf8_done;      /* sequences are checked up to here, past the window's end where one crosses it */
    size_t low_at;         /* offset of the low surrogate's escape already checked with its high one */
    uint64_t carry_string; /* all ones where the next block begins inside a string */
    uint64_t carry_escape; /* 1 where the next block's first byte is escaped */
    const char *problem;   /* first failure, a static sentence */
    size_t problem_at;
    const struct json_scan_kernel *kernel;
    int (*next)(struct json_scan *scan, struct json_scan_map *map); /* the kernel's */
    struct json_scan_window window;
    char tail[64]; /* the text's last bytes, padded with blanks to a whole block */
};

/* One way to classify 64 bytes: AVX2+PCLMUL, SSE2, NEON, or portable C. */
struct json_scan_kernel;

/* `text` and `arena` must outlive the scan. Uses the fastest kernel of this machine. */
void json_scan_init(struct json_scan *scan, struct arena *arena, struct str text);
/* The same with a named kernel ("avx2", "sse2", "neon", "portable"); false where this machine has it not. For
 * tests. */
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
 * The same for whoever wants every member: json_scan_enter_map() at the '{',
 * then json_scan_member() until it returns false. No two members may be equal.
 * `keys` remembers the members seen, for duplicates; it is the caller's, zeroed
 * by json_scan_enter_map().
 */
struct json_scan_keys {
    struct str *items;
    size_t count;
    size_t size;
    struct str inline_items[16];
    uint32_t *table; /* open addressing over items, once there are many */
    size_t table_size;
};
bool json_scan_enter_map(struct json_scan *scan, struct json_scan_keys *keys);
bool json_scan_member(struct json_scan *scan, struct json_scan_keys *keys, struct str *ret_key);

/* Walks a list: json_scan_enter_list() at its '[', then json_scan_element() with `first` true once. */
bool json_scan_enter_list(struct json_scan *scan);
bool json_scan_element(struct json_scan *scan, bool *first);

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
