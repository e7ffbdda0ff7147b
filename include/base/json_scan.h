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
 * In the objects and lists that are entered, the whole grammar and the rule
 * that members are unique (compared decoded) hold as well; inside what is
 * skipped, punctuation, literals and numbers are not checked.
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

/* Private; lives inside struct json_scan so that nothing is allocated. Bit i is the block's byte i. */
struct json_scan_block {
    uint64_t quotes;        /* quotes that open or close a string */
    uint64_t backslashes;   /* any backslash */
    uint64_t opens, closes; /* brackets and braces outside strings */
};

enum { JSON_SCAN_WINDOW = 8 };

struct json_scan {
    struct str text;
    struct arena *arena;
    size_t at; /* offset of the next byte to look at; the text's end once failed */
    size_t depth;
    size_t window_start;   /* offset of window[0], a multiple of 64 */
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
    struct json_scan_block window[JSON_SCAN_WINDOW + 1]; /* behind the last one, an empty one */
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
 * Walks an object: json_scan_enter_map() at its '{', then json_scan_member()
 * until it returns false; after each true exactly one value must be consumed.
 * `keys` remembers the members seen, for duplicates; it is the caller's, zeroed
 * by json_scan_enter_map().
 */
struct json_scan_keys {
    uint64_t bloom[4]; /* one bit of 256 for each key */
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
/*
 * The same for a map that nobody reads but that two parsers could read
 * differently: its own members are checked for grammar and uniqueness, what is
 * nested in them is not. Any other value is just skipped.
 */
bool json_scan_skip_map(struct json_scan *scan);
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
