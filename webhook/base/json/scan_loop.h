/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of one json_scan kernel. A scan_<name>.c defines, before it
 * includes this,
 *
 *   KERNEL_TARGET    the function attribute of its instruction set, or nothing
 *   bits_of()        the bitmaps of 64 bytes
 *   bytes_equal()    that of one byte
 *   bytes_from()     that of all from one on, unsigned
 *   any_rare()       not 0 where one is below 0x20 or from 0x80
 *   prefix_xor()     bit i is the xor of bits 0 to i
 *   count_bits()
 *
 * and gets static fill() and skip_nested(). Included once a .c file.
 */
#ifndef WEIR_BASE_JSON_SCAN_LOOP_H
#define WEIR_BASE_JSON_SCAN_LOOP_H

#include "base/json/scan.h"
#include "base/json/scan_bits.h"
#include "base/json/scan_kernel.h"

#define UNLIKELY(condition) __builtin_expect((condition), 0)

/* Inlined into each loop, so that a block's bitmaps stay in registers. */
#define KERNEL_INLINE KERNEL_TARGET static inline __attribute__((always_inline))

/*
 * The backslashes that begin an escape: each where none follows another, as
 * nearly always. In a run of them every other one does, from its first on: runs
 * that begin on an even bit are found by the carry of an addition, which clears
 * them and no others.
 */
KERNEL_INLINE uint64_t escaping(uint64_t backslashes, uint64_t first_is_escaped)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t live, run_starts, even_runs;

    if ((backslashes & (backslashes << 1 | first_is_escaped)) == 0)
        return backslashes;
    live = backslashes & ~first_is_escaped;
    run_starts = live & ~(live << 1);
    even_runs = live & ~(live + (run_starts & even));
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

/* `outside`: backslashes that are in no string. */
KERNEL_INLINE bool check_escapes(struct json_scan *scan, size_t start, const char *bytes, uint64_t outside,
                                 uint64_t escaped)
{
    if (outside != 0)
        return json_scan_fail_at(scan, start + (size_t)__builtin_ctzll(outside),
                                 "a backslash outside a string");
    if (escaped != 0)
        escaped &= ~bytes_equal(bytes, 'n');
    return escaped == 0 || json_scan_check_escapes(scan, start, escaped);
}

/*
 * What is not plainly right in a block; `escaped` are the bytes behind a backslash that are neither quotes
 * nor backslashes. A block that fails may be looked at again: it leaves nothing behind.
 */
KERNEL_TARGET __attribute__((noinline)) static bool check_oddities(struct json_scan *scan, const char *bytes,
                                                                   uint64_t backslashes, uint64_t escaped,
                                                                   uint64_t in_string)
{
    size_t start = bytes == scan->tail ? scan->whole_blocks : (size_t)(bytes - scan->text.ptr);
    size_t utf8_done = scan->utf8_done;
    size_t low_at = scan->low_at;

    if (check_rare(scan, start, bytes, in_string) &&
        check_escapes(scan, start, bytes, backslashes & ~in_string, escaped))
        return true;
    scan->utf8_done = utf8_done;
    scan->low_at = low_at;
    return false;
}

/* What is kept of a block, as in struct json_scan_window. */
struct block {
    uint64_t quotes, backslashes, opens, closes;
};

KERNEL_INLINE void keep_block(struct json_scan_window *window, size_t index, struct block block)
{
    window->quotes[index] = block.quotes;
    window->backslashes[index] = block.backslashes;
    window->opens[index] = block.opens;
    window->closes[index] = block.closes;
}

/* What a block hands to the next: registers, while blocks are classified. */
struct carries {
    uint64_t outside; /* of strings: all ones or none */
    uint64_t escaped; /* 1: the next block's first byte is */
};

KERNEL_INLINE struct block block_from(struct json_scan_bits bits, uint64_t quotes, uint64_t backslashes,
                                      uint64_t outside)
{
    return (struct block){quotes, backslashes, bits.opens & outside, bits.closes & outside};
}

/* 0 or all ones, as the highest bit is. */
KERNEL_INLINE uint64_t spread_highest(uint64_t bits)
{
    return 0 - (bits >> 63);
}

/* classify() where there is something odd in the block, or its first byte is escaped. */
KERNEL_INLINE bool classify_odd(struct json_scan *scan, const char *bytes, struct json_scan_bits bits,
                                struct carries *carries, struct block *block)
{
    uint64_t backslashes = bytes_equal(bytes, '\\');
    uint64_t escapes = escaping(backslashes, carries->escaped);
    uint64_t escaped = carries->escaped | escapes << 1;
    uint64_t quotes = bits.quotes & ~escaped;
    uint64_t outside = prefix_xor(quotes) ^ carries->outside;

    *block = block_from(bits, quotes, backslashes, outside);
    escaped &= ~(bits.quotes | backslashes);
    if (UNLIKELY((any_rare(bytes) | escaped | (backslashes & outside)) != 0) &&
        !check_oddities(scan, bytes, backslashes, escaped, ~outside))
        return false;
    carries->outside = spread_highest(outside);
    carries->escaped = escapes >> 63;
    return true;
}

/* Finds and checks what is in 64 bytes of the text, or in its tail. Where it fails, the carries stay. */
KERNEL_INLINE bool classify(struct json_scan *scan, const char *bytes, struct carries *carries,
                            struct block *block)
{
    struct json_scan_bits bits = bits_of(bytes);
    uint64_t outside;

    if (UNLIKELY((bits.odd | carries->escaped) != 0))
        return classify_odd(scan, bytes, bits, carries, block);
    outside = prefix_xor(bits.quotes) ^ carries->outside;
    *block = block_from(bits, bits.quotes, 0, outside);
    carries->outside = spread_highest(outside);
    return true;
}

/*
 * Classifies what fits into the window behind its first `have` blocks, which end at `start`. Where a later
 * block than the first is bad, the window ends in front of it: it is looked at again when its turn comes, and
 * until then nothing has failed.
 */
KERNEL_TARGET __attribute__((noinline)) static bool fill_behind(struct json_scan *scan, size_t have,
                                                                size_t start)
{
    struct carries carries = {scan->carry_outside, scan->carry_escape};
    size_t at = scan->at;
    bool has_tail = start <= scan->whole_blocks && scan->whole_blocks < scan->text.len;
    size_t whole = have + (start < scan->whole_blocks ? (scan->whole_blocks - start) / 64 : 0);
    size_t end = whole < JSON_SCAN_WINDOW ? whole : JSON_SCAN_WINDOW;
    const char *bytes = scan->text.ptr + start;
    struct block block;
    bool good = true;

    scan->window_start = start - have * 64;
    for (; have < end; have++, bytes += 64) {
        good = classify(scan, bytes, &carries, &block);
        if (!good)
            break;
        keep_block(&scan->window, have, block);
    }
    if (good && whole < JSON_SCAN_WINDOW && has_tail) {
        good = classify(scan, scan->tail, &carries, &block);
        if (good)
            keep_block(&scan->window, have++, block);
    }
    if (!good && have == 0)
        return false;
    if (!good) {
        scan->problem = NULL;
        scan->at = at;
    }
    keep_block(&scan->window, have, (struct block){0});
    scan->window_end = scan->window_start + have * 64;
    scan->known = scan->window_end < scan->text.len ? scan->window_end : scan->text.len;
    scan->carry_outside = carries.outside;
    scan->carry_escape = carries.escaped;
    return true;
}

KERNEL_TARGET static bool fill(struct json_scan *scan)
{
    if (scan->window_end >= scan->text.len)
        return json_scan_fail_at(scan, scan->text.len, "the document ends too early");
    return fill_behind(scan, 0, scan->window_end);
}

/* Lets the window begin with the block of scan->at; false where it did, or nothing more can be classified. */
KERNEL_TARGET __attribute__((noinline)) static bool slide(struct json_scan *scan)
{
    struct json_scan_window *window = &scan->window;
    size_t end = scan->window_end;
    size_t from, have;

    if (scan->problem || end >= scan->text.len)
        return false;
    if (scan->at >= end)
        return fill(scan);
    from = (scan->at - scan->window_start) / 64;
    have = (end - scan->window_start) / 64 - from;
    if (from == 0)
        return false;
    for (size_t i = 0; i < have; i++)
        keep_block(window, i,
                   (struct block){window->quotes[from + i], window->backslashes[from + i],
                                  window->opens[from + i], window->closes[from + i]});
    (void)fill_behind(scan, have, end);
    return true;
}

/* The bit of the closing one that brings `depth` to 0, or 64. There are at least so many closing ones. */
KERNEL_INLINE unsigned find_end(uint64_t opens, uint64_t closes, size_t depth)
{
    for (; depth > 1; depth--) /* these cannot be it */
        closes &= closes - 1;
    for (size_t surplus = 0; closes != 0; surplus++) {
        uint64_t up_to = closes ^ (closes - 1);

        if (count_bits(opens & up_to) == surplus)
            return (unsigned)__builtin_ctzll(closes);
        closes &= closes - 1;
    }
    return 64;
}

/* A depth from which the brackets of one block may lead beyond the limit. */
KERNEL_INLINE size_t near_limit(const struct json_scan *scan)
{
    return scan->depth < JSON_SCAN_DEPTH_MAX - 64 ? JSON_SCAN_DEPTH_MAX - 64 - scan->depth : 0;
}

/*
 * The end of the value that goes on at `from`, in the window; 0 where it is not there, and *depth is what is
 * left. Both are offsets from the window's first byte.
 */
KERNEL_INLINE size_t end_in_window(struct json_scan *scan, size_t from, size_t *depth, bool is_near)
{
    const struct json_scan_window *window = &scan->window;
    size_t count = (scan->window_end - scan->window_start) / 64;
    size_t index = from / 64;
    uint64_t mask = ~UINT64_C(0) << from % 64;
    uint64_t opens, closes;

    if (index >= count)
        return 0;
    opens = window->opens[index] & mask;
    closes = window->closes[index] & mask;
    for (;;) {
        size_t closed = count_bits(closes);

        if (is_near && !json_scan_check_depth(scan, scan->window_start + index * 64, opens, closes, *depth))
            return scan->text.len - scan->window_start;
        if (closed >= *depth) {
            unsigned end = find_end(opens, closes, *depth);

            if (end < 64)
                return index * 64 + end + 1;
        }
        *depth += count_bits(opens) - closed;
        index++;
        if (index >= count)
            return 0;
        opens = window->opens[index];
        closes = window->closes[index];
    }
}

/* How far a value goes on, in blocks that are looked at once. */
struct skipping {
    struct carries carries;
    struct block block;
    size_t depth; /* levels below the end */
    size_t near;  /* a depth from which one block may lead beyond the limit */
    unsigned end; /* the bit of the end in the block, or 64 */
};

/* One block further; false where it failed. */
KERNEL_INLINE bool skip_block(struct json_scan *scan, const char *bytes, size_t start, struct skipping *skip)
{
    size_t opened, closed;

    if (!classify(scan, bytes, &skip->carries, &skip->block))
        return false;
    opened = count_bits(skip->block.opens);
    closed = count_bits(skip->block.closes);
    if (UNLIKELY(skip->depth >= skip->near) &&
        !json_scan_check_depth(scan, start, skip->block.opens, skip->block.closes, skip->depth))
        return false;
    skip->end = closed >= skip->depth ? find_end(skip->block.opens, skip->block.closes, skip->depth) : 64;
    skip->depth += opened - closed;
    return true;
}

/* Behind the window: blocks stay in registers until the last, which begins a window. */
KERNEL_TARGET __attribute__((noinline)) static bool skip_on(struct json_scan *scan, size_t depth)
{
    struct skipping skip = {.carries = {scan->carry_outside, scan->carry_escape},
                            .depth = depth,
                            .near = near_limit(scan),
                            .end = 64};
    const char *text = scan->text.ptr;
    size_t start = scan->window_end;
    size_t end = scan->whole_blocks;

    for (; start < end; start += 64) {
        if (!skip_block(scan, text + start, start, &skip))
            return false;
        if (skip.end < 64)
            break;
    }
    if (skip.end == 64 && start < scan->text.len && !skip_block(scan, scan->tail, start, &skip))
        return false;
    if (skip.end == 64)
        return json_scan_fail_at(scan, scan->text.len, "the document ends too early");
    scan->at = start + skip.end + 1;
    keep_block(&scan->window, 0, skip.block);
    scan->carry_outside = skip.carries.outside;
    scan->carry_escape = skip.carries.escaped;
    return fill_behind(scan, 1, start + 64);
}

/* A depth from which the brackets of a whole window may lead beyond the limit. */
enum { DEPTH_NEAR = JSON_SCAN_DEPTH_MAX - 64 * (JSON_SCAN_WINDOW + 1) };

/* skip_from_window() where a window's brackets may lead beyond the limit. */
KERNEL_TARGET __attribute__((noinline)) static bool skip_near_limit(struct json_scan *scan)
{
    size_t depth = 1;
    size_t end;

    if (scan->depth >= JSON_SCAN_DEPTH_MAX)
        return json_scan_fail(scan, "nested too deeply");
    end = end_in_window(scan, scan->at - scan->window_start + 1, &depth, true);
    if (end == 0)
        return skip_on(scan, depth);
    scan->at = scan->window_start + end;
    return scan->problem == NULL;
}

/* From the bracket at scan->at, which is in the window, to behind the one that closes it. */
KERNEL_INLINE bool skip_from_window(struct json_scan *scan)
{
    size_t depth = 1;
    size_t end;

    if (UNLIKELY(scan->depth >= DEPTH_NEAR))
        return skip_near_limit(scan);
    end = end_in_window(scan, scan->at - scan->window_start + 1, &depth, false);
    if (UNLIKELY(end == 0))
        return skip_on(scan, depth);
    scan->at = scan->window_start + end;
    return true;
}

KERNEL_TARGET static bool skip_nested(struct json_scan *scan)
{
    while (UNLIKELY(scan->at >= scan->window_end)) {
        if (!fill(scan))
            return false;
    }
    return skip_from_window(scan);
}

#endif
