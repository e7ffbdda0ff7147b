/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_SCAN_KERNEL_H
#define WEIR_BASE_JSON_SCAN_KERNEL_H

#include "base/json/scan_bits.h"
#include "base/json/scan_state.h"

/*
 * The inside of json_scan: what is done 64 bytes at a time, compiled once for
 * each instruction set from scan_loop.h.
 */
struct json_scan_kernel {
    const char *name;
    bool (*is_available)(void);
    /*
     * Classifies and checks the window's worth of blocks behind the current one. False, failed, at the text's
     * end or where the first of them has a bad byte; where a later one has, the window ends in front of it.
     */
    bool (*fill)(struct json_scan *scan);
    /* From the bracket or brace that opens it to behind the one that closes it. */
    bool (*skip_nested)(struct json_scan *scan);
    /* json_scan_next() */
    int (*next)(struct json_scan *scan, struct json_scan_map *map);
};

extern const struct json_scan_kernel json_scan_kernel_avx2;
extern const struct json_scan_kernel json_scan_kernel_sse2;
extern const struct json_scan_kernel json_scan_kernel_neon;
extern const struct json_scan_kernel json_scan_kernel_portable;

/*
 * Blocks of one byte repeated, for the AVX2 kernel. Kept out of its file since
 * the compiler, where it sees them, builds each anew for every block.
 */
enum json_scan_pattern {
    JSON_SCAN_QUOTES,
    JSON_SCAN_BACKSLASHES,
    JSON_SCAN_OPENS,
    JSON_SCAN_CLOSES,
    JSON_SCAN_BLANKS,
    JSON_SCAN_PATTERNS,
};
extern _Alignas(32) const uint64_t json_scan_patterns[JSON_SCAN_PATTERNS][4];

/* Records the first failure; returns false. */
bool json_scan_fail_at(struct json_scan *scan, size_t at, const char *problem);

/*
 * json_scan_next() for one member, however it stands there: the index of its field, JSON_SCAN_END, or
 * JSON_SCAN_PASSED where it is done with.
 */
enum { JSON_SCAN_PASSED = -2 };
int json_scan_next_far(struct json_scan *scan, struct json_scan_map *map);
/* The same at the value of a field. */
int json_scan_value_far(struct json_scan *scan, struct json_scan_map *map,
                        const struct json_scan_field *field);

/* The rare cases of a block, which are worth a call. Offsets are of the text; false where it failed. */

bool json_scan_check_controls(struct json_scan *scan, size_t start, uint64_t controls, uint64_t in_string);
/* The sequences that begin in the block, one by one. */
bool json_scan_check_utf8(struct json_scan *scan, size_t start, uint64_t high);
/* `escaped`: bytes that follow an escaping backslash, but for the most frequent. */
bool json_scan_check_escapes(struct json_scan *scan, size_t start, uint64_t escaped);
/*
 * `depth`: of the block's start below the value that is skipped. False where it grows beyond
 * JSON_SCAN_DEPTH_MAX before the value ends; called near the limit only.
 */
bool json_scan_check_depth(struct json_scan *scan, size_t start, uint64_t opens, uint64_t closes,
                           size_t depth);

#endif
