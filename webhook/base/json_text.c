/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

#include "base/base64.h"
#include "base/utf8.h"

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/* Nonzero where one of eight bytes is below 0x20, a quote, a backslash, or not ASCII. */
static uint64_t needs_care(uint64_t word)
{
    uint64_t quote = word ^ EACH_BYTE('"');
    uint64_t backslash = word ^ EACH_BYTE('\\');

    return ((word - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) | (backslash - EACH_BYTE(1)) | word) &
           EACH_BYTE(0x80);
}

/* How many bytes from the start stand for themselves; may stop early, never late. */
static size_t plain_run(struct str s)
{
    size_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        uint64_t word;

        memcpy(&word, s.ptr + i, 8);
        if (needs_care(word))
            break;
    }
    for (; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80)
            break;
    }
    return i;
}

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
        size_t run = plain_run(s);

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
