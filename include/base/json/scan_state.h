/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_SCAN_STATE_H
#define WEIR_BASE_JSON_SCAN_STATE_H

#include "base/arena.h"
#include "base/json/members.h"

enum { JSON_SCAN_DEPTH_MAX = 10002 };

/* One way to classify 64 bytes: AVX2+PCLMUL, SSE2, NEON, or portable C. */
struct json_scan_kernel;

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

struct json_scan {
    struct str text;
    struct arena *arena;
    size_t at; /* offset of the next byte to look at; the text's end once failed */
    size_t depth;
    size_t window_start;    /* offset of the window's first block, a multiple of 64 */
    size_t window_end;      /* offset behind its last block: all in front of it is classified and checked */
    size_t known;           /* the same, but not beyond the text */
    size_t whole_blocks;    /* end of the last 64-byte block that lies within the text */
    size_t utf8_done;       /* sequences are checked up to here, past the window's end where one crosses it */
    size_t low_at;          /* offset of the low surrogate's escape already checked with its high one */
    uint64_t carry_outside; /* all ones where the next block begins outside a string, else none */
    uint64_t carry_escape;  /* 1 where the next block's first byte is escaped */
    const char *problem;    /* first failure, a static sentence */
    size_t problem_at;
    const struct json_scan_kernel *kernel;
    int (*next)(struct json_scan *scan, struct json_scan_map *map); /* the kernel's */
    struct json_scan_window window;
    char tail[64]; /* the text's last bytes, padded with blanks to a whole block */
};

#endif
