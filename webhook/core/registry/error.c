/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/error.h"

#include "base/character.h"
#include "base/json/read.h"
#include "base/text.h"
#include "base/utf8.h"

/* The first entry that says something. */
static const struct value *find_entry(const struct value *document)
{
    const struct value *errors = document->kind == VALUE_MAP ? value_find(document, STR("errors")) : NULL;

    if (!errors || errors->kind != VALUE_LIST)
        return NULL;
    for (const struct value *entry = errors->first; entry; entry = entry->next) {
        if (entry->kind == VALUE_MAP && (value_string(value_find(entry, STR("code"))).len > 0 ||
                                         value_string(value_find(entry, STR("message"))).len > 0))
            return entry;
    }
    return NULL;
}

/* Of a well-formed sequence of `len` bytes. */
static uint32_t code_point(const char *s, size_t len)
{
    uint32_t ret = len == 1 ? (unsigned char)s[0] : (unsigned char)s[0] & (0xFFu >> (len + 1));

    for (size_t i = 1; i < len; i++)
        ret = ret << 6 | ((unsigned char)s[i] & 0x3F);
    return ret;
}

/* What changes the reading of what stands around it, or cannot be seen, is not shown. */
static bool is_shown(uint32_t c)
{
    static const uint32_t hidden[][2] = {
        {0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},        {0x61C, 0x61C},   {0x200B, 0x200F},
        {0x2028, 0x202E}, {0x2060, 0x206F},   {0xFEFF, 0xFEFF},    {0xFFF9, 0xFFFB}, {0xE000, 0xF8FF},
        {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF},
    };

    for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
        if (c >= hidden[i][0] && c <= hidden[i][1])
            return false;
    }
    return true;
}

/* Appends the text, its blanks and line ends as single blanks. */
static void add_shown(struct text *out, struct str s)
{
    bool blank = false;

    for (size_t i = 0; i < s.len && !out->too_long;) {
        size_t len = utf8_sequence(str_from(s, i));
        bool shown = len > 0 && is_shown(code_point(s.ptr + i, len));

        if (char_is_space(s.ptr[i])) {
            blank = true;
            i++;
            continue;
        }
        if (blank)
            text_add_char(out, ' ');
        blank = false;
        text_add(out, shown ? str_slice(s, i, i + len) : STR("?"));
        i += len ? len : 1;
    }
}

/* Where it is too long: what fits beside the mark, whole characters. */
static struct str cut(struct arena *arena, const struct text *text)
{
    size_t len = REGISTRY_ERROR_WORDS_MAX - 3;

    if (!text->too_long && text->len <= REGISTRY_ERROR_WORDS_MAX)
        return text_str(text);
    if (len > text->len)
        len = text->len;
    while (len > 0 && len < text->len && ((unsigned char)text->ptr[len] & 0xC0) == 0x80)
        len--;
    return arena_join(arena, str_slice(text_str(text), 0, len), STR("…"));
}

struct str registry_error_words(struct arena *arena, struct str body)
{
    const struct value *entry;
    struct value *document;
    struct str code;
    struct str message;
    struct text text;
    struct error err;

    if (body.len == 0 || json_read(arena, body, &document, &err) < 0)
        return (struct str){NULL, 0};
    entry = find_entry(document);
    if (!entry)
        return (struct str){NULL, 0};
    code = str_trim(value_string(value_find(entry, STR("code"))));
    message = str_trim(value_string(value_find(entry, STR("message"))));
    text_init(&text, arena, REGISTRY_ERROR_WORDS_MAX + 1);
    add_shown(&text, code);
    if (code.len > 0 && message.len > 0)
        text_add(&text, STR(": "));
    add_shown(&text, message);
    return cut(arena, &text);
}
