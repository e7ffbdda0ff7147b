/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* The two digits of each 12 bits: three bytes are two look-ups. */
#define PAIR(a, b)                                                                                           \
    {                                                                                                        \
        a, b                                                                                                 \
    }
#define PAIRS_8(a, b, c, d, e, f, g, h, i)                                                                   \
    PAIR(a, b), PAIR(a, c), PAIR(a, d), PAIR(a, e), PAIR(a, f), PAIR(a, g), PAIR(a, h), PAIR(a, i)
#define PAIRS(a)                                                                                             \
    PAIRS_8(a, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'), PAIRS_8(a, 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P'),  \
        PAIRS_8(a, 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X'),                                                  \
        PAIRS_8(a, 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f'),                                                  \
        PAIRS_8(a, 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'),                                                  \
        PAIRS_8(a, 'o', 'p', 'q', 'r', 's', 't', 'u', 'v'),                                                  \
        PAIRS_8(a, 'w', 'x', 'y', 'z', '0', '1', '2', '3'),                                                  \
        PAIRS_8(a, '4', '5', '6', '7', '8', '9', '+', '/')
#define PAIRS_OF_8(a, b, c, d, e, f, g, h)                                                                   \
    PAIRS(a), PAIRS(b), PAIRS(c), PAIRS(d), PAIRS(e), PAIRS(f), PAIRS(g), PAIRS(h)

static const char pairs[4096][2] = {
    PAIRS_OF_8('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'), PAIRS_OF_8('I', 'J', 'K', 'L', 'M', 'N', 'O', 'P'),
    PAIRS_OF_8('Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X'), PAIRS_OF_8('Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f'),
    PAIRS_OF_8('g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'), PAIRS_OF_8('o', 'p', 'q', 'r', 's', 't', 'u', 'v'),
    PAIRS_OF_8('w', 'x', 'y', 'z', '0', '1', '2', '3'), PAIRS_OF_8('4', '5', '6', '7', '8', '9', '+', '/'),
};

size_t base64_encoded_len(size_t len)
{
    return (len + 2) / 3 * 4;
}

/* Eight digits of the first six of the eight bytes at `in`. */
static void encode_6(const char *in, char *out)
{
    const unsigned char *u = (const unsigned char *)in;
    uint64_t bits = (uint64_t)u[0] << 56 | (uint64_t)u[1] << 48 | (uint64_t)u[2] << 40 |
                    (uint64_t)u[3] << 32 | (uint64_t)u[4] << 24 | (uint64_t)u[5] << 16 | (uint64_t)u[6] << 8 |
                    u[7]; /* one load */

    memcpy(out, pairs[bits >> 52], 2);
    memcpy(out + 2, pairs[bits >> 40 & 4095], 2);
    memcpy(out + 4, pairs[bits >> 28 & 4095], 2);
    memcpy(out + 6, pairs[bits >> 16 & 4095], 2);
}

/* The last few bytes. */
static void encode_rest(const unsigned char *in, size_t len, char *out)
{
    for (; len >= 3; len -= 3, in += 3, out += 4) {
        uint32_t bits = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

        memcpy(out, pairs[bits >> 12], 2);
        memcpy(out + 2, pairs[bits & 4095], 2);
    }
    if (len > 0) {
        uint32_t bits = (uint32_t)in[0] << 16 | (len == 2 ? (uint32_t)in[1] << 8 : 0);

        memcpy(out, pairs[bits >> 12], 2);
        out[2] = len == 2 ? pairs[bits & 4095][0] : '=';
        out[3] = '=';
    }
}

#ifdef __x86_64__

#define AVX2 __attribute__((target("avx2")))

/* The digits of 32 numbers below 64: what is to be added depends on the range a number is in. */
AVX2 static inline __m256i digits_of(__m256i numbers)
{
    const __m256i offsets = _mm256_setr_epi8(
        'A', 'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
        '0' - 52, '0' - 52, '+' - 62, '/' - 63, 0, 0, 'A', 'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
        '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 0, 0);
    /* 0 for letters, 1 to 12 for 52 to 63; then one more for all but the upper-case ones */
    __m256i range = _mm256_subs_epu8(numbers, _mm256_set1_epi8(51));
    __m256i not_upper = _mm256_cmpgt_epi8(numbers, _mm256_set1_epi8(25));

    return _mm256_add_epi8(numbers, _mm256_shuffle_epi8(offsets, _mm256_sub_epi8(range, not_upper)));
}

/* The digits of 24 bytes: the twelve that `order` finds in those from `low` on, and in those from `high` on.
 */
AVX2 static inline void encode_block(const char *low, const char *high, __m256i order, char *out)
{
    __m256i bytes = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(const void *)high),
                                     _mm_loadu_si128((const __m128i *)(const void *)low));
    /* each 32 bits hold three bytes, in an order that puts their four numbers where one multiplication can */
    __m256i triples = _mm256_shuffle_epi8(bytes, order);
    __m256i first_third = _mm256_mulhi_epu16(_mm256_and_si256(triples, _mm256_set1_epi32(0x0FC0FC00)),
                                             _mm256_set1_epi32(0x04000040));
    __m256i second_fourth = _mm256_mullo_epi16(_mm256_and_si256(triples, _mm256_set1_epi32(0x003F03F0)),
                                               _mm256_set1_epi32(0x01000010));
    __m256i digits = digits_of(_mm256_or_si256(first_third, second_fourth));

    _mm256_storeu_si256((__m256i *)(void *)out, digits);
}

/*
 * At least 30 bytes, 24 a step; returns how many were encoded, all but a few. The last step ends where the
 * last whole triple does and overlaps the one before; it finds its bytes four further on, since what stands
 * behind the text is not read.
 */
AVX2 static size_t encode_24(struct str s, char *out)
{
    const __m256i order = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10, 1, 0, 2, 1, 4,
                                           3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    const size_t end = s.len - 28;
    char *to = out;
    size_t i = 0;
    size_t last;

    do {
        encode_block(s.ptr + i, s.ptr + i + 12, order, to);
        i += 24;
        to += 32;
    } while (i <= end);
    last = s.len - i < 24 ? s.len / 3 * 3 - 24 : i;
    encode_block(s.ptr + last - 4, s.ptr + last + 8, _mm256_add_epi8(order, _mm256_set1_epi8(4)),
                 out + last / 3 * 4);
    return last + 24;
}

static size_t encode_fast(struct str s, char *out)
{
    return s.len >= 30 && __builtin_cpu_supports("avx2") ? encode_24(s, out) : 0;
}

#else

static size_t encode_fast(struct str s, char *out)
{
    (void)s;
    (void)out;
    return 0;
}

#endif

void base64_encode(struct str s, char *out)
{
    size_t i = encode_fast(s, out);

    for (out += i / 3 * 4; i + 8 <= s.len; i += 6, out += 8)
        encode_6(s.ptr + i, out);
    encode_rest((const unsigned char *)s.ptr + i, s.len - i, out);
}

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Without line ends, and without the padding where it is right; NULL pointer where it is not. */
static struct str unpadded(struct arena *arena, struct str s)
{
    char *packed = arena_alloc(arena, s.len + 1);
    size_t len = 0;
    size_t pad = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '\r' && s.ptr[i] != '\n')
            packed[len++] = s.ptr[i];
    }
    while (pad < 2 && pad < len && packed[len - 1 - pad] == '=')
        pad++;
    if (pad && len % 4 != 0)
        return (struct str){NULL, 0};
    return (struct str){packed, len - pad};
}

int base64_decode(struct arena *arena, struct str s, struct str *ret, struct error *err)
{
    struct str in = unpadded(arena, s);
    char *out = arena_alloc(arena, s.len + 1);
    uint32_t bits = 0;
    size_t len = 0;

    if (!in.ptr || in.len % 4 == 1)
        return error_set(err, ERROR_INVALID, "not base64: wrong length or padding");
    for (size_t i = 0; i < in.len; i++) {
        int digit = digit_of(in.ptr[i]);

        if (digit < 0)
            return error_set(err, ERROR_INVALID, "not base64: illegal character at byte %zu", i);
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 != 0)
            out[len++] = (char)(bits >> (6 - i % 4 * 2));
    }
    out[len] = '\0';
    *ret = (struct str){out, len};
    return 0;
}
