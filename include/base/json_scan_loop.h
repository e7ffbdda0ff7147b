/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of one json_scan kernel. A json_scan_<name>.c defines, before it
 * includes this,
 *
 *   KERNEL_TARGET                  the function attribute of its instruction set, or nothing
 *   struct json_scan_bits          bits_of(const char *bytes): the raw bitmaps of 64 bytes
 *   uint64_t                       high_bits_of(const char *bytes): bytes from 0x80
 *   uint64_t                       prefix_xor(uint64_t bits): bit i is the xor of bits 0 to i
 *   unsigned                       count_bits(uint64_t bits)
 *
 * and gets static next_block() and skip_nested(). Included once a .c file.
 */
#ifndef WEIR_BASE_JSON_SCAN_LOOP_H
#define WEIR_BASE_JSON_SCAN_LOOP_H

#include "base/json_scan_bits.h"
#include "base/json_scan_kernel.h"

#define UNLIKELY(condition) __builtin_expect((condition), 0)

/*
 * The backslashes that begin an escape. In a run of them every other one does,
 * from its first on: runs that begin on an even bit are found by the carry of
 * an addition, which clears them and no others.
 */
KERNEL_TARGET static inline uint64_t escaping(uint64_t backslashes, uint64_t first_is_escaped)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t live = backslashes & ~first_is_escaped;
    uint64_t run_starts = live & ~(live << 1);
    uint64_t even_runs = live & ~(live + (run_starts & even));

    return (even_runs & even) | (live & ~even_runs & ~even);
}

KERNEL_TARGET static inline bool check_block(struct json_scan *scan, const struct json_scan_block *block,
                                             const char *bytes, const struct json_scan_bits *bits,
                                             uint64_t escaped, uint64_t in_string)
{
    if (UNLIKELY(bits->rare != 0)) {
        uint64_t high = high_bits_of(bytes);

        if (!json_scan_check_rare(scan, block->start, high, bits->rare & ~high, in_string))
            return false;
    }
    if (UNLIKELY((bits->backslashes & ~in_string) != 0))
        return json_scan_fail_at(scan, block->start, "a backslash outside a string");
    escaped &= ~(bits->quotes | bits->backslashes);
    return escaped == 0 || json_scan_check_escapes(scan, block->start, escaped);
}

/* Moves `block` on by one, in registers where it is the caller's local. */
KERNEL_TARGET static inline bool advance(struct json_scan *scan, struct json_scan_block *block)
{
    size_t start = block->start + 64;
    const char *bytes = start < scan->whole_blocks ? scan->text.ptr + start : scan->tail;
    struct json_scan_bits bits;
    uint64_t escaped, in_string;

    if (UNLIKELY(start >= scan->text.len))
        return json_scan_fail_at(scan, scan->text.len, "the document ends too early");
    bits = bits_of(bytes);
    escaped = block->carry_escape;
    block->carry_escape = 0;
    if (bits.backslashes != 0) {
        uint64_t escapes = escaping(bits.backslashes, escaped);

        escaped |= escapes << 1;
        block->carry_escape = escapes >> 63;
    }
    block->start = start;
    block->quotes = bits.quotes & ~escaped;
    block->backslashes = bits.backslashes;
    in_string = prefix_xor(block->quotes) ^ block->carry_string;
    block->carry_string = 0 - (in_string >> 63);
    block->opens = bits.opens & ~in_string;
    block->closes = bits.closes & ~in_string;
    return check_block(scan, block, bytes, &bits, escaped, in_string);
}

KERNEL_TARGET static bool next_block(struct json_scan *scan)
{
    return advance(scan, &scan->block);
}

/* The bit of the closing one that brings `depth` to 0, or 64. */
KERNEL_TARGET static inline unsigned find_end(uint64_t opens, uint64_t closes, size_t depth)
{
    for (size_t closed = 1; closes != 0; closed++) {
        uint64_t below = (closes & (0 - closes)) - 1;

        if (depth + count_bits(opens & below) == closed)
            return (unsigned)__builtin_ctzll(closes);
        closes &= closes - 1;
    }
    return 64;
}

KERNEL_TARGET static bool skip_nested(struct json_scan *scan)
{
    struct json_scan_block block = scan->block;
    size_t depth = 1;
    size_t limit = JSON_SCAN_DEPTH_MAX - scan->depth;
    uint64_t from;

    while (scan->at - block.start >= 64) {
        if (!advance(scan, &block))
            return false;
    }
    from = ~UINT64_C(0) << (scan->at - block.start);
    for (;;) {
        uint64_t opens = block.opens & from;
        uint64_t closes = block.closes & from;
        unsigned opened = count_bits(opens);
        unsigned closed = count_bits(closes);

        if (UNLIKELY(depth + opened > limit) && !json_scan_check_depth(scan, &block, from, depth, limit))
            return false;
        if (closed >= depth) {
            unsigned end = find_end(opens, closes, depth);

            if (end < 64) {
                scan->at = block.start + end + 1;
                scan->block = block;
                return true;
            }
        }
        depth = depth + opened - closed;
        if (!advance(scan, &block))
            return false;
        from = ~UINT64_C(0);
    }
}

#endif
