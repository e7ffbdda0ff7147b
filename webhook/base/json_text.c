/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

#include "base/base64.h"
#include "base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static size_t plain_run_by_bytes(struct str s, size_t from)
{
    size_t i = from;

    for (; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80)
            break;
    }
    return i;
}

#ifdef __SSE2__

size_t json_text_plain_run(struct str s)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(0x20);

    for (size_t i = 0; i + 16 <= s.len; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + i));
        /* signed: what is not ASCII is below 0x20 as well */
        __m128i care =
            _mm_or_si128(_mm_cmplt_epi8(bytes, space),
                         _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
        unsigned mask = (unsigned)_mm_movemask_epi8(care);

        if (mask)
            return i + (size_t)__builtin_ctz(mask);
    }
    return plain_run_by_bytes(s, s.len / 16 * 16);
}

#else

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/* Nonzero where one of eight bytes needs care. */
static uint64_t needs_care(uint64_t word)
{
    uint64_t quote = word ^ EACH_BYTE('"');
    uint64_t backslash = word ^ EACH_BYTE('\\');

    return ((word - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) | (backslash - EACH_BYTE(1)) | word) &
           EACH_BYTE(0x80);
}

size_t json_text_plain_run(struct str s)
{
    size_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        uint64_t word;

        memcpy(&word, s.ptr + i, 8);
        if (needs_care(word))
            break;
    }
    return plain_run_by_bytes(s, i);
}

#endif

static void add_escape(struct text *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char escape[6] = {'\\', (char)c, '0', '0', digits[c >> 4], digits[c & 15]};

    if (c == '"' || c == '\\') {
        text_add(out, (struct str){escape, 2});
        return;
    }
    escape[1] = c < sizeof(letters) && letters[c] ? letters[c] : 'u';
    text_add(out, (struct str){escape, escape[1] == 'u' ? 6 : 2});
}

/* What stands at the start of `s` and needs care; returns how long it is. */
static size_t add_special(struct text *out, struct str s)
{
    unsigned char c = (unsigned char)s.ptr[0];
    size_t sequence;

    if (c < 0x80) {
        add_escape(out, c);
        return 1;
    }
    sequence = utf8_sequence(s);
    text_add(out, sequence ? (struct str){s.ptr, sequence} : STR("\xEF\xBF\xBD"));
    return sequence ? sequence : 1;
}

void json_text_string(struct text *out, struct str s)
{
    json_text_literal(out, "\"");
    while (s.len > 0) {
        size_t run = json_text_plain_run(s);

        text_add(out, (struct str){s.ptr, run});
        s = (struct str){s.ptr + run, s.len - run};
        if (s.len > 0) {
            run = add_special(out, s);
            s = (struct str){s.ptr + run, s.len - run};
        }
    }
    json_text_literal(out, "\"");
}

void json_text_base64(struct text *out, struct str s)
{
    size_t len = base64_encoded_len(s.len);
    char *room;

    json_text_literal(out, "\"");
    room = text_reserve(out, len);
    if (!room)
        return;
    base64_encode(s, room);
    out->len += len;
    json_text_literal(out, "\"");
}
