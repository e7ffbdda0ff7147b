/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of every x86-64 machine: 16 bytes a step, no carry-less multiplication, no popcnt. */
#include "base/json/scan_bits.h"
#include "base/json/scan_kernel.h"

#ifdef __SSE2__

#include <emmintrin.h>

#define KERNEL_TARGET

/* The bytes of a quarter block that are `c`. */
static inline uint64_t equal_bits(__m128i bytes, char c)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

static inline __m128i load(const char *bytes, unsigned offset)
{
    return _mm_loadu_si128((const __m128i *)(const void *)(bytes + offset));
}

static inline struct json_scan_bits bits_of(const char *bytes)
{
    struct json_scan_bits bits = {0};
    __m128i odd = _mm_setzero_si128();

    for (unsigned i = 0; i < 64; i += 16) {
        __m128i quarter = load(bytes, i);
        /* '[' and ']' become '{' and '}', and nothing else does. */
        __m128i folded = _mm_or_si128(quarter, _mm_set1_epi8(0x20));

        bits.quotes |= equal_bits(quarter, '"') << i;
        bits.opens |= equal_bits(folded, '{') << i;
        bits.closes |= equal_bits(folded, '}') << i;
        odd = _mm_or_si128(odd, _mm_cmpeq_epi8(quarter, _mm_set1_epi8('\\')));
        /* Signed: bytes from 0x80 are below 0x20 as well. */
        odd = _mm_or_si128(odd, _mm_cmpgt_epi8(_mm_set1_epi8(0x20), quarter));
    }
    bits.odd = (unsigned)_mm_movemask_epi8(odd);
    return bits;
}

static inline uint64_t bytes_equal(const char *bytes, unsigned char c)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < 64; i += 16)
        bits |= equal_bits(load(bytes, i), (char)c) << i;
    return bits;
}

static inline uint64_t bytes_from(const char *bytes, unsigned char c)
{
    __m128i least = _mm_set1_epi8((char)c);
    uint64_t bits = 0;

    for (unsigned i = 0; i < 64; i += 16) {
        __m128i quarter = load(bytes, i);
        __m128i lanes = _mm_cmpeq_epi8(_mm_max_epu8(quarter, least), quarter);

        bits |= (uint64_t)(unsigned)_mm_movemask_epi8(lanes) << i;
    }
    return bits;
}

static inline uint64_t any_rare(const char *bytes)
{
    return ~bytes_from(bytes, 0x20) | bytes_from(bytes, 0x80);
}

static inline uint64_t prefix_xor(uint64_t bits)
{
    return json_scan_prefix_xor(bits);
}

static inline unsigned count_bits(uint64_t bits)
{
    return json_scan_count_bits(bits);
}

#include "base/json/scan_loop.h"
#include "base/json/scan_next.h"

static bool is_available(void)
{
    return true;
}

const struct json_scan_kernel json_scan_kernel_sse2 = {"sse2", is_available, fill, skip_nested, next_member};

#endif
