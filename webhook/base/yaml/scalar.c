/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/scalar.h"

#include "base/character.h"
#include "base/json/number.h"
#include "base/text.h"

#include <string.h>

struct word {
    struct str text;
    enum value_kind kind;
    bool boolean;
};

#define BOOLEAN(lower, title, upper, value)                                                                  \
    {STR_INIT(lower), VALUE_BOOL, value}, {STR_INIT(title), VALUE_BOOL, value},                              \
    {                                                                                                        \
        STR_INIT(upper), VALUE_BOOL, value                                                                   \
    }

static const struct word words[] = {
    BOOLEAN("true", "True", "TRUE", true),    BOOLEAN("false", "False", "FALSE", false),
    BOOLEAN("yes", "Yes", "YES", true),       BOOLEAN("no", "No", "NO", false),
    BOOLEAN("on", "On", "ON", true),          BOOLEAN("off", "Off", "OFF", false),
    {STR_INIT("y"), VALUE_BOOL, true},        {STR_INIT("Y"), VALUE_BOOL, true},
    {STR_INIT("n"), VALUE_BOOL, false},       {STR_INIT("N"), VALUE_BOOL, false},
    {STR_INIT("~"), VALUE_NULL, false},       {STR_INIT("null"), VALUE_NULL, false},
    {STR_INIT("Null"), VALUE_NULL, false},    {STR_INIT("NULL"), VALUE_NULL, false},
    {STR_INIT(""), VALUE_NULL, false},        {STR_INIT(".inf"), VALUE_NUMBER, false},
    {STR_INIT(".Inf"), VALUE_NUMBER, false},  {STR_INIT(".INF"), VALUE_NUMBER, false},
    {STR_INIT("+.inf"), VALUE_NUMBER, false}, {STR_INIT("+.Inf"), VALUE_NUMBER, false},
    {STR_INIT("+.INF"), VALUE_NUMBER, false}, {STR_INIT("-.inf"), VALUE_NUMBER, false},
    {STR_INIT("-.Inf"), VALUE_NUMBER, false}, {STR_INIT("-.INF"), VALUE_NUMBER, false},
    {STR_INIT(".nan"), VALUE_NUMBER, false},  {STR_INIT(".NaN"), VALUE_NUMBER, false},
    {STR_INIT(".NAN"), VALUE_NUMBER, false},
};

enum { WORD_MAX = 5 };

static const struct word *find_word(struct str text)
{
    if (text.len > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_equal(words[i].text, text))
            return &words[i];
    }
    return NULL;
}

/* The base that a Go literal's prefix gives, which is taken off. */
static unsigned take_base(struct str *digits)
{
    char mark = digits->len > 1 && digits->ptr[0] == '0' ? (char)(digits->ptr[1] | 32) : '\0';
    unsigned base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;

    if (base != 10) {
        *digits = str_from(*digits, 2);
    } else if (mark) {
        *digits = str_from(*digits, 1);
        base = 8;
    }
    return base;
}

/* An integer that fits 64 bits, as a Go literal with its base. */
static bool parse_integer(struct str text, bool *ret_negative, uint64_t *ret)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    struct str digits = negative || (text.len > 0 && text.ptr[0] == '+') ? str_from(text, 1) : text;
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : UINT64_MAX;
    uint64_t value = 0;
    unsigned base = take_base(&digits);

    if (digits.len == 0)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = (unsigned)char_hex_value(digits.ptr[i]);

        if (digit >= base || value > (limit - digit) / base)
            return false;
        value = value * base + digit;
    }
    *ret_negative = negative;
    *ret = value;
    return true;
}

static size_t skip_digits(struct str text, size_t at)
{
    while (at < text.len && char_is_digit(text.ptr[at]))
        at++;
    return at;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float(struct str text)
{
    size_t sign = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    size_t at = skip_digits(text, sign);
    size_t whole = at - sign;
    size_t fraction = 0;
    size_t exponent;

    if (at < text.len && text.ptr[at] == '.') {
        fraction = skip_digits(text, at + 1) - at - 1;
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (at == text.len)
        return true;
    if ((text.ptr[at] | 32) != 'e')
        return false;
    at++;
    at += at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+');
    exponent = skip_digits(text, at) - at;
    return exponent > 0 && at + exponent == text.len;
}

static struct str without_underscores(struct arena *arena, struct str text)
{
    char *copy;
    size_t len = 0;

    if (str_find(text, '_') == text.len)
        return text;
    copy = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '_')
            copy[len++] = text.ptr[i];
    }
    return (struct str){copy, len};
}

static struct str format_integer(struct arena *arena, bool negative, uint64_t value)
{
    struct text out;

    text_init(&out, arena, 32);
    if (negative && value > 0)
        text_add_char(&out, '-');
    text_add_uint(&out, value);
    return text_str(&out);
}

/* Plain decimal digits need no other form. */
static bool is_normal(struct str text)
{
    return text.len < 19 && skip_digits(text, 0) == text.len && (text.ptr[0] != '0' || text.len == 1);
}

static void resolve_number(struct arena *arena, struct str text, struct value *ret)
{
    struct str plain = without_underscores(arena, text);
    bool negative;
    uint64_t value;

    if (is_normal(text)) {
        ret->kind = VALUE_NUMBER;
    } else if (parse_integer(plain, &negative, &value)) {
        ret->kind = VALUE_NUMBER;
        ret->text = format_integer(arena, negative, value);
    } else if (is_float(plain) && json_number_is_finite(plain)) {
        ret->kind = VALUE_NUMBER;
        ret->text = plain;
    }
}

void yaml_scalar_resolve(struct arena *arena, struct str text, struct value *ret)
{
    const struct word *word = find_word(text);

    ret->kind = word ? word->kind : VALUE_STRING;
    ret->boolean = word && word->boolean;
    ret->text = text;
    if (!word && (char_is_digit(text.ptr[0]) || memchr("+-.", text.ptr[0], 3)))
        resolve_number(arena, text, ret);
}
