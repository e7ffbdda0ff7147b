/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_PLAIN_RUN_H
#define WEIR_BASE_PLAIN_RUN_H

#include "base/str.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * How many bytes from the start of a text stand for themselves in a JSON
 * string: ASCII, and no control character, quote or backslash. With `no_delete`
 * 0x7F is none of them. Inlined, since most texts are short.
 *
 * plain_run_copy() copies them to `to` on the way, where all of the text has room;
 * what it writes behind them counts for nothing.
 */

static inline bool plain_run_has(unsigned char c, bool no_delete)
{
    return c >= 0x20 && c != '"' && c != '\\' && c < (no_delete ? 0x7F : 0x80);
}

static inline size_t plain_run_by_bytes(struct str s, size_t from, bool no_delete)
{
    size_t i = from;

    while (i < s.len && plain_run_has((unsigned char)s.ptr[i], no_delete))
        i++;
    return i;
}

#ifdef __SSE2__

/* One bit for each of 16 bytes that is not plain. */
static inline unsigned plain_run_care(__m128i bytes, bool no_delete)
{
    /* signed: what is not ASCII is below 0x20 as well */
    __m128i care = _mm_or_si128(
        _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));

    if (no_delete)
        care = _mm_or_si128(care, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)));
    return (unsigned)_mm_movemask_epi8(care);
}

static inline unsigned plain_run_care_at(const char *ptr, bool no_delete)
{
    return plain_run_care(_mm_loadu_si128((const __m128i *)(const void *)ptr), no_delete);
}

static inline __m128i plain_run_load_4(const char *ptr)
{
    int32_t word;

    memcpy(&word, ptr, sizeof(word));
    return _mm_cvtsi32_si128(word);
}

/* Up to 15 bytes; the last eight, or four, overlap the first. */
static inline size_t plain_run_short(struct str s, bool no_delete)
{
    __m128i bytes;

    if (s.len == 0)
        return 0;
    if (s.len < 4) {
        char three[4] = {s.ptr[0], s.ptr[s.len / 2], s.ptr[s.len - 1], s.ptr[0]};

        bytes = plain_run_load_4(three);
        bytes = _mm_unpacklo_epi32(bytes, bytes);
        bytes = _mm_unpacklo_epi64(bytes, bytes);
    } else if (s.len < 8) {
        bytes = _mm_unpacklo_epi32(plain_run_load_4(s.ptr), plain_run_load_4(s.ptr + s.len - 4));
        bytes = _mm_unpacklo_epi64(bytes, bytes);
    } else {
        bytes = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(const void *)s.ptr),
                                   _mm_loadl_epi64((const __m128i *)(const void *)(s.ptr + s.len - 8)));
    }
    return plain_run_care(bytes, no_delete) == 0 ? s.len : plain_run_by_bytes(s, 0, no_delete);
}

static inline size_t plain_run_copy(char *to, struct str s, bool no_delete)
{
    size_t i = 0;
    __m128i bytes;
    unsigned care;

    if (s.len < 16) {
        str_copy(to, s);
        return plain_run_short(s, no_delete);
    }
    for (; i + 16 < s.len; i += 16) {
        bytes = _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + i));
        _mm_storeu_si128((__m128i *)(void *)(to + i), bytes);
        care = plain_run_care(bytes, no_delete);
        if (care != 0)
            return i + (size_t)__builtin_ctz(care);
    }
    bytes = _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + s.len - 16));
    _mm_storeu_si128((__m128i *)(void *)(to + s.len - 16), bytes);
    care = plain_run_care(bytes, no_delete);
    return care == 0 ? s.len : s.len - 16 + (size_t)__builtin_ctz(care);
}

static inline size_t plain_run(struct str s, bool no_delete)
{
    size_t i = 0;
    unsigned care;

    if (s.len < 16)
        return plain_run_short(s, no_delete);
    for (; i + 16 <= s.len; i += 16) {
        care = plain_run_care_at(s.ptr + i, no_delete);
        if (care != 0)
            return i + (size_t)__builtin_ctz(care);
    }
    /* The last 16 bytes, of which the first are known to be plain. */
    care = plain_run_care_at(s.ptr + s.len - 16, no_delete);
    return care == 0 ? s.len : s.len - 16 + (size_t)__builtin_ctz(care);
}

#else

#define PLAIN_RUN_EACH(c) (UINT64_C(0x0101010101010101) * (c))

/* Nonzero where one of eight bytes may need care. */
static inline uint64_t plain_run_care(uint64_t word)
{
    uint64_t quote = word ^ PLAIN_RUN_EACH('"');
    uint64_t backslash = word ^ PLAIN_RUN_EACH('\\');
    uint64_t delete = word ^ PLAIN_RUN_EACH(0x7F);

    return ((word - PLAIN_RUN_EACH(0x20)) | (quote - PLAIN_RUN_EACH(1)) | (backslash - PLAIN_RUN_EACH(1)) |
            (delete - PLAIN_RUN_EACH(1)) | word) &
           PLAIN_RUN_EACH(0x80);
}

static inline size_t plain_run(struct str s, bool no_delete)
{
    size_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        uint64_t word;

        memcpy(&word, s.ptr + i, 8);
        if (plain_run_care(word) != 0)
            break;
    }
    return plain_run_by_bytes(s, i, no_delete);
}

static inline size_t plain_run_copy(char *to, struct str s, bool no_delete)
{
    size_t run = plain_run(s, no_delete);

    if (run > 0)
        memcpy(to, s.ptr, run);
    return run;
}

#endif
#endif
