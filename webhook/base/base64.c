/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encoded_len(size_t len)
{
    return (len + 2) / 3 * 4;
}

void base64_encode(struct str s, char *out)
{
    const unsigned char *in = (const unsigned char *)s.ptr;
    size_t i = 0;

    for (; i + 3 <= s.len; i += 3) {
        uint32_t bits = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];

        *out++ = alphabet[bits >> 18];
        *out++ = alphabet[bits >> 12 & 63];
        *out++ = alphabet[bits >> 6 & 63];
        *out++ = alphabet[bits & 63];
    }
    if (i < s.len) {
        bool two = s.len - i == 2;
        uint32_t bits = (uint32_t)in[i] << 16 | (two ? (uint32_t)in[i + 1] << 8 : 0);

        *out++ = alphabet[bits >> 18];
        *out++ = alphabet[bits >> 12 & 63];
        *out++ = two ? alphabet[bits >> 6 & 63] : '=';
        *out = '=';
    }
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
