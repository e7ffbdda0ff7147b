/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/text.h"

#include "base/base64.h"
#include "base/plain_run.h"
#include "base/utf8.h"

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

#ifdef __SSE2__

/*
 * 16 bytes a step while there is room and nothing but quotes and backslashes needs care; returns how many
 * were taken. What is written too much is overwritten by what follows.
 */
static size_t add_quoting(struct text *out, struct str s)
{
    char *to = out->ptr + out->len;
    const char *to_end = out->ptr + out->size - 18;
    size_t i = 0;

    while (s.len - i >= 16 && to <= to_end) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + i));
        unsigned care = plain_run_care(bytes, false);
        unsigned run = care != 0 ? (unsigned)__builtin_ctz(care) : 16;

        _mm_storeu_si128((__m128i *)(void *)to, bytes);
        to += run;
        i += run;
        if (care == 0)
            continue;
        if (s.ptr[i] != '"' && s.ptr[i] != '\\')
            break;
        to[0] = '\\';
        to[1] = s.ptr[i++];
        to += 2;
    }
    out->len = (size_t)(to - out->ptr);
    return i;
}

#else

static size_t add_quoting(struct text *out, struct str s)
{
    (void)out;
    (void)s;
    return 0;
}

#endif

/* Up to the first that needs care, and that. */
static size_t add_run(struct text *out, struct str s)
{
    size_t run = plain_run(s, false);

    text_add(out, (struct str){s.ptr, run});
    return run < s.len ? run + add_special(out, (struct str){s.ptr + run, s.len - run}) : run;
}

/* The same where something in it needs care, or there is no room. */
__attribute__((noinline)) static void add_string_far(struct text *out, struct str s)
{
    json_text_literal(out, "\"");
    while (s.len > 0) {
        size_t taken = out->size - out->len > 32 ? add_quoting(out, s) : 0;

        if (taken < s.len)
            taken += add_run(out, (struct str){s.ptr + taken, s.len - taken});
        s = (struct str){s.ptr + taken, s.len - taken};
    }
    json_text_literal(out, "\"");
}

void json_text_string(struct text *out, struct str s)
{
    char *at;

    at = out->ptr + out->len;
    if (out->size - out->len < s.len + 2 || plain_run_copy(at + 1, s, false) < s.len) {
        add_string_far(out, s);
        return;
    }
    at[0] = '"';
    at[s.len + 1] = '"';
    out->len += s.len + 2;
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
