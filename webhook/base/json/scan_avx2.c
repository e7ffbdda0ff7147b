/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of x86-64 machines since 2013: 32 bytes a step, prefix_xor in one multiplication. */
#include "base/json/scan_bits.h"
#include "base/json/scan_kernel.h"

#ifdef __x86_64__

#include <immintrin.h>

#define KERNEL_TARGET __attribute__((target("avx2,pclmul,popcnt,bmi,bmi2")))

KERNEL_TARGET static inline __m256i load(const char *bytes)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)bytes);
}

KERNEL_TARGET static inline uint64_t mask_bits(__m256i low, __m256i high)
{
    return (uint64_t)(unsigned)_mm256_movemask_epi8(low) | (uint64_t)(unsigned)_mm256_movemask_epi8(high)
                                                               << 32;
}

/* 32 times the byte a pattern is for. */
KERNEL_TARGET static inline __m256i pattern(enum json_scan_pattern which)
{
    return _mm256_load_si256((const __m256i *)(const void *)json_scan_patterns[which]);
}

KERNEL_TARGET static inline uint64_t equal_bits(__m256i low, __m256i high, __m256i wanted)
{
    return mask_bits(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}

KERNEL_TARGET static inline struct json_scan_bits bits_of(const char *bytes)
{
    const __m256i blank = pattern(JSON_SCAN_BLANKS);
    __m256i low = load(bytes);
    __m256i high = load(bytes + 32);
    /* '[' and ']' become '{' and '}', and nothing else does. */
    __m256i low_folded = _mm256_or_si256(low, blank);
    __m256i high_folded = _mm256_or_si256(high, blank);
    const __m256i backslash = pattern(JSON_SCAN_BACKSLASHES);
    __m256i backslashes =
        _mm256_or_si256(_mm256_cmpeq_epi8(low, backslash), _mm256_cmpeq_epi8(high, backslash));
    struct json_scan_bits bits;

    bits.quotes = equal_bits(low, high, pattern(JSON_SCAN_QUOTES));
    bits.opens = equal_bits(low_folded, high_folded, pattern(JSON_SCAN_OPENS));
    bits.closes = equal_bits(low_folded, high_folded, pattern(JSON_SCAN_CLOSES));
    /* Signed: bytes from 0x80 are below 0x20 as well. */
    bits.odd = (unsigned)_mm256_movemask_epi8(
        _mm256_or_si256(backslashes, _mm256_cmpgt_epi8(blank, _mm256_min_epi8(low, high))));
    return bits;
}

KERNEL_TARGET static inline uint64_t bytes_equal(const char *bytes, unsigned char c)
{
    return equal_bits(load(bytes), load(bytes + 32), _mm256_set1_epi8((char)c));
}

KERNEL_TARGET static inline uint64_t bytes_from(const char *bytes, unsigned char c)
{
    __m256i least = _mm256_set1_epi8((char)c);
    __m256i low = load(bytes);
    __m256i high = load(bytes + 32);

    return mask_bits(_mm256_cmpeq_epi8(_mm256_max_epu8(low, least), low),
                     _mm256_cmpeq_epi8(_mm256_max_epu8(high, least), high));
}

KERNEL_TARGET static inline uint64_t any_rare(const char *bytes)
{
    __m256i least = _mm256_min_epi8(load(bytes), load(bytes + 32));

    /* Signed: bytes from 0x80 are below 0x20 as well. */
    return (unsigned)_mm256_movemask_epi8(_mm256_cmpgt_epi8(pattern(JSON_SCAN_BLANKS), least));
}

KERNEL_TARGET static inline uint64_t prefix_xor(uint64_t bits)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xFF), 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

KERNEL_TARGET static inline unsigned count_bits(uint64_t bits)
{
    return (unsigned)__builtin_popcountll(bits);
}

#include "base/json/scan_loop.h"
#include "base/json/scan_next.h"

static bool is_available(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}

const struct json_scan_kernel json_scan_kernel_avx2 = {"avx2", is_available, fill, skip_nested, next_member};

#endif
