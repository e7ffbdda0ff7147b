/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

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

/* The same where something in it needs care, or there is no room. */
static void add_string_far(struct text *out, struct str s)
{
    json_text_literal(out, "\"");
    while (s.len > 0) {
        size_t run = plain_run(s, false);

        text_add(out, (struct str){s.ptr, run});
        s = (struct str){s.ptr + run, s.len - run};
        if (s.len > 0) {
            run = add_special(out, s);
            s = (struct str){s.ptr + run, s.len - run};
        }
    }
    json_text_literal(out, "\"");
}

void json_text_string(struct text *out, struct str s)
{
    char *at;

    if (s.len == 0 || out->size - out->len < s.len + 2 || plain_run(s, false) < s.len) {
        add_string_far(out, s);
        return;
    }
    at = out->ptr + out->len;
    *at = '"';
    memcpy(at + 1, s.ptr, s.len);
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
