/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_SCAN_BITS_H
#define WEIR_BASE_JSON_SCAN_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* What a kernel finds in 64 bytes, wherever they stand: bit i is byte i. */
struct json_scan_bits {
    uint64_t quotes;
    uint64_t opens;  /* '{' and '[' */
    uint64_t closes; /* '}' and ']' */
    uint64_t odd;    /* not 0 where there is a backslash, or a byte below 0x20 or from 0x80 */
};

/* For machines without a carry-less multiplication. */
static inline uint64_t json_scan_prefix_xor(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* For machines without an instruction that counts bits. */
static inline unsigned json_scan_count_bits(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (unsigned)(bits * UINT64_C(0x0101010101010101) >> 56);
}

#endif
