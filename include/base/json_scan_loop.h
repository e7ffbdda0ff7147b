/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of one json_scan kernel. A json_scan_<name>.c defines, before it
 * includes this,
 *
 *   KERNEL_TARGET    the function attribute of its instruction set, or nothing
 *   bits_of()        the bitmaps of 64 bytes
 *   bytes_equal()    that of one byte
 *   bytes_from()     that of all from one on, unsigned
 *   prefix_xor()     bit i is the xor of bits 0 to i
 *   count_bits()
 *
 * and gets static next_block() and skip_nested(). Included once a .c file.
 */
#ifndef WEIR_BASE_JSON_SCAN_LOOP_H
#define WEIR_BASE_JSON_SCAN_LOOP_H

#include "base/json_scan_bits.h"
#include "base/json_scan_kernel.h"

#define UNLIKELY(condition) __builtin_expect((condition), 0)

/* Inlined into each loop, so that a block's bitmaps stay in registers. */
#define KERNEL_INLINE KERNEL_TARGET static inline __attribute__((always_inline))

/*
 * The backslashes that begin an escape. In a run of them every other one does,
 * from its first on: runs that begin on an even bit are found by the carry of
 * an addition, which clears them and no others.
 */
KERNEL_INLINE uint64_t escaping(uint64_t backslashes, uint64_t first_is_escaped)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t live = backslashes & ~first_is_escaped;
    uint64_t run_starts = live & ~(live << 1);
    uint64_t even_runs = live & ~(live + (run_starts & even));

    return (even_runs & even) | (live & ~even_runs & ~even);
}

/*
 * Whether the bytes from 0x80 on, but for those in front of `from`, are not
 * whole UTF-8 sequences (Unicode 15, table 3-7). One that goes on in the next
 * block is right here as far as it goes.
 */
KERNEL_INLINE bool is_bad_utf8(const char *bytes, uint64_t high, uint64_t from)
{
    uint64_t leads = bytes_from(bytes, 0xC2);
    uint64_t leads_3 = bytes_from(bytes, 0xE0);
    uint64_t leads_4 = bytes_from(bytes, 0xF0);
    uint64_t follows = leads << 1 | leads_3 << 2 | leads_4 << 3;
    uint64_t from_90 = bytes_from(bytes, 0x90);
    uint64_t from_a0 = bytes_from(bytes, 0xA0);
    uint64_t bad = (follows ^ (high & ~leads)) & from; /* 0xC0 and 0xC1 are among the latter */

    bad |= bytes_from(bytes, 0xF5) | (bytes_equal(bytes, 0xC0) | bytes_equal(bytes, 0xC1));
    bad |= bytes_equal(bytes, 0xE0) << 1 & ~from_a0; /* overlong */
    bad |= bytes_equal(bytes, 0xED) << 1 & from_a0;  /* surrogates */
    bad |= bytes_equal(bytes, 0xF0) << 1 & ~from_90; /* overlong */
    bad |= bytes_equal(bytes, 0xF4) << 1 & from_90;  /* above U+10FFFF */
    return bad != 0;
}

KERNEL_INLINE bool check_high(struct json_scan *scan, size_t start, const char *bytes, uint64_t high)
{
    uint64_t from = ~UINT64_C(0);
    uint64_t last_leads = bytes_from(bytes, 0xC2) & UINT64_C(7) << 61;

    if (scan->utf8_done > start)
        from <<= scan->utf8_done - start; /* at most 3 */
    if (UNLIKELY(is_bad_utf8(bytes, high, from)))
        return json_scan_check_utf8(scan, start, high); /* says where */
    /* One that may cross into the next block is followed there now: the text is whole. */
    return last_leads == 0 || json_scan_check_utf8(scan, start, last_leads);
}

/* Bytes below 0x20 and from 0x80. */
KERNEL_INLINE bool check_rare(struct json_scan *scan, size_t start, const char *bytes, uint64_t in_string)
{
    uint64_t controls = ~bytes_from(bytes, 0x20);
    uint64_t high = bytes_from(bytes, 0x80);

    if (controls != 0 && !json_scan_check_controls(scan, start, controls, in_string))
        return false;
    if (UNLIKELY((high & ~in_string) != 0))
        return json_scan_fail_at(scan, start + (size_t)__builtin_ctzll(high & ~in_string),
                                 "an unexpected byte");
    return high == 0 || check_high(scan, start, bytes, high);
}

/* `escaped` are the bytes behind escaping backslashes. */
KERNEL_INLINE bool check_escapes(struct json_scan *scan, size_t start, const char *bytes,
                                 const struct json_scan_bits *bits, uint64_t escaped, uint64_t in_string)
{
    if (UNLIKELY((bits->backslashes & ~in_string) != 0))
        return json_scan_fail_at(scan, start, "a backslash outside a string");
    escaped &= ~(bits->quotes | bits->backslashes);
    if (escaped != 0)
        escaped &= ~bytes_equal(bytes, 'n');
    return escaped == 0 || json_scan_check_escapes(scan, start, escaped);
}

/* The bytes of the block at `start`; NULL, failed, where the text ends before it. */
KERNEL_INLINE const char *block_bytes(struct json_scan *scan, size_t start)
{
    if (!UNLIKELY(start >= scan->whole_blocks))
        return scan->text.ptr + start;
    if (start < scan->text.len)
        return scan->tail;
    (void)json_scan_fail_at(scan, scan->text.len, "the document ends too early");
    return NULL;
}

/* Moves `block` on by one, in registers where it is the caller's local. */
KERNEL_INLINE bool advance(struct json_scan *scan, struct json_scan_block *block)
{
    size_t start = block->start + 64;
    const char *bytes = block_bytes(scan, start);
    struct json_scan_bits bits;
    uint64_t escaped, in_string;

    if (!bytes)
        return false;
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
    if (UNLIKELY(bits.has_rare) && !check_rare(scan, start, bytes, in_string))
        return false;
    return (bits.backslashes | escaped) == 0 || check_escapes(scan, start, bytes, &bits, escaped, in_string);
}

KERNEL_TARGET static bool next_block(struct json_scan *scan)
{
    return advance(scan, &scan->block);
}

/* The bit of the closing one that brings `depth` to 0, or 64. */
KERNEL_INLINE unsigned find_end(uint64_t opens, uint64_t closes, size_t depth)
{
    for (size_t surplus = 1 - depth; closes != 0; surplus++) {
        uint64_t up_to = closes ^ (closes - 1);

        if (count_bits(opens & up_to) == surplus)
            return (unsigned)__builtin_ctzll(closes);
        closes &= closes - 1;
    }
    return 64;
}

/* On with the next block, `depth` levels below the end. */
KERNEL_TARGET __attribute__((noinline)) static bool skip_on(struct json_scan *scan, size_t depth)
{
    size_t limit = JSON_SCAN_DEPTH_MAX - scan->depth;
    struct json_scan_block block = scan->block;

    for (;;) {
        size_t opened, closed;

        if (!advance(scan, &block))
            return false;
        opened = count_bits(block.opens);
        closed = count_bits(block.closes);
        if (UNLIKELY(depth + opened > limit) &&
            !json_scan_check_depth(scan, block.start, block.opens, block.closes, depth, limit))
            return false;
        if (closed >= depth) {
            unsigned end = find_end(block.opens, block.closes, depth);

            if (end < 64) {
                scan->at = block.start + end + 1;
                scan->block = block;
                return true;
            }
        }
        depth += opened - closed;
    }
}

/* Where it begins at the block's end, or the depth comes near its limit. */
KERNEL_TARGET __attribute__((noinline)) static bool skip_nested_far(struct json_scan *scan)
{
    size_t limit = JSON_SCAN_DEPTH_MAX - scan->depth;
    uint64_t opens, closes;
    unsigned end;

    scan->at++;
    while (scan->at - scan->block.start >= 64) {
        if (!next_block(scan))
            return false;
    }
    opens = scan->block.opens & ~UINT64_C(0) << (scan->at - scan->block.start);
    closes = scan->block.closes & ~UINT64_C(0) << (scan->at - scan->block.start);
    if (1 + count_bits(opens) > limit &&
        !json_scan_check_depth(scan, scan->block.start, opens, closes, 1, limit))
        return false;
    end = find_end(opens, closes, 1);
    if (end == 64)
        return skip_on(scan, 1 + count_bits(opens) - count_bits(closes));
    scan->at = scan->block.start + end + 1;
    return true;
}

/* Most end in the block that they begin in, or in the next. */
KERNEL_TARGET static bool skip_nested(struct json_scan *scan)
{
    size_t index = scan->at + 1 - scan->block.start;
    uint64_t opens, closes;
    unsigned end;

    if (UNLIKELY(index >= 64 || scan->depth > JSON_SCAN_DEPTH_MAX - 65))
        return skip_nested_far(scan);
    opens = scan->block.opens & ~UINT64_C(0) << index;
    closes = scan->block.closes & ~UINT64_C(0) << index;
    end = find_end(opens, closes, 1);
    if (end == 64)
        return skip_on(scan, 1 + count_bits(opens) - count_bits(closes));
    scan->at = scan->block.start + end + 1;
    return true;
}

#endif
