/* SPDX-License-Identifier: Apache-2.0 */
#include "core/image/reference_grammar.h"

enum {
    TAG_MAX = 128,
    DIGEST_HEX_MIN = 32,
};

/* What a byte may be part of. */
enum {
    LOWER = 1, /* a-z */
    UPPER = 2, /* A-Z */
    DIGIT = 4,
    HEX = 8,    /* a-f A-F; the digits by DIGIT */
    SCORE = 16, /* _ */
    POINT = 32, /* . - */
    ALNUM = LOWER | UPPER | DIGIT,
};

static const unsigned char classes_of[256] = {
    ['0'] = DIGIT,       ['1'] = DIGIT,       ['2'] = DIGIT,       ['3'] = DIGIT,       ['4'] = DIGIT,
    ['5'] = DIGIT,       ['6'] = DIGIT,       ['7'] = DIGIT,       ['8'] = DIGIT,       ['9'] = DIGIT,
    ['a'] = LOWER | HEX, ['b'] = LOWER | HEX, ['c'] = LOWER | HEX, ['d'] = LOWER | HEX, ['e'] = LOWER | HEX,
    ['f'] = LOWER | HEX, ['g'] = LOWER,       ['h'] = LOWER,       ['i'] = LOWER,       ['j'] = LOWER,
    ['k'] = LOWER,       ['l'] = LOWER,       ['m'] = LOWER,       ['n'] = LOWER,       ['o'] = LOWER,
    ['p'] = LOWER,       ['q'] = LOWER,       ['r'] = LOWER,       ['s'] = LOWER,       ['t'] = LOWER,
    ['u'] = LOWER,       ['v'] = LOWER,       ['w'] = LOWER,       ['x'] = LOWER,       ['y'] = LOWER,
    ['z'] = LOWER,       ['A'] = UPPER | HEX, ['B'] = UPPER | HEX, ['C'] = UPPER | HEX, ['D'] = UPPER | HEX,
    ['E'] = UPPER | HEX, ['F'] = UPPER | HEX, ['G'] = UPPER,       ['H'] = UPPER,       ['I'] = UPPER,
    ['J'] = UPPER,       ['K'] = UPPER,       ['L'] = UPPER,       ['M'] = UPPER,       ['N'] = UPPER,
    ['O'] = UPPER,       ['P'] = UPPER,       ['Q'] = UPPER,       ['R'] = UPPER,       ['S'] = UPPER,
    ['T'] = UPPER,       ['U'] = UPPER,       ['V'] = UPPER,       ['W'] = UPPER,       ['X'] = UPPER,
    ['Y'] = UPPER,       ['Z'] = UPPER,       ['_'] = SCORE,       ['.'] = POINT,       ['-'] = POINT,
};

static bool is(char c, unsigned classes)
{
    return (classes_of[(unsigned char)c] & classes) != 0;
}

/* Takes the longest run of such bytes off the front; returns its length. */
static size_t take(struct str *cursor, unsigned classes)
{
    size_t n = 0;

    while (n < cursor->len && is(cursor->ptr[n], classes))
        n++;
    *cursor = (struct str){cursor->ptr + n, cursor->len - n};
    return n;
}

static bool take_char(struct str *cursor, char c)
{
    if (cursor->len == 0 || cursor->ptr[0] != c)
        return false;
    *cursor = (struct str){cursor->ptr + 1, cursor->len - 1};
    return true;
}

/* What joins two runs of letters and digits, begun at `at`: one '.', one or two '_', any number of '-'. */
static size_t separator_length(struct str text, size_t at)
{
    char c = text.ptr[at];
    size_t end = at + 1;

    if (c == '_' && end < text.len && text.ptr[end] == '_')
        end++;
    while (c == '-' && end < text.len && text.ptr[end] == '-')
        end++;
    return end - at;
}

size_t reference_grammar_component_length(struct str text)
{
    size_t at = 0;

    for (;;) {
        size_t run = at;

        while (at < text.len && is(text.ptr[at], LOWER | DIGIT))
            at++;
        if (at == run)
            return 0;
        if (at == text.len || !is(text.ptr[at], SCORE | POINT))
            return at;
        at += separator_length(text, at);
    }
}

size_t reference_grammar_path_length(struct str text)
{
    size_t at = 0;

    for (;;) {
        size_t length = reference_grammar_component_length((struct str){text.ptr + at, text.len - at});

        at += length;
        if (length == 0 || at == text.len || text.ptr[at] != '/')
            return length > 0 ? at : 0;
        at++;
    }
}

/* [hex and colons]; what stands between them is not looked at any closer. */
static bool take_ipv6_host(struct str *cursor)
{
    size_t n = 0;

    if (!take_char(cursor, '['))
        return false;
    while (n < cursor->len && (is(cursor->ptr[n], DIGIT | HEX) || cursor->ptr[n] == ':'))
        n++;
    *cursor = (struct str){cursor->ptr + n, cursor->len - n};
    return n > 0 && take_char(cursor, ']');
}

/* A host name's label: letters and digits, dashes inside. */
static bool take_label(struct str *cursor)
{
    do {
        if (take(cursor, ALNUM) == 0)
            return false;
        if (cursor->len == 0 || cursor->ptr[0] != '-')
            return true;
        while (take_char(cursor, '-'))
            ;
    } while (true);
}

static bool take_host(struct str *cursor)
{
    if (cursor->len > 0 && cursor->ptr[0] == '[')
        return take_ipv6_host(cursor);
    do {
        if (!take_label(cursor))
            return false;
    } while (take_char(cursor, '.'));
    return true;
}

bool reference_grammar_is_domain(struct str text)
{
    if (!take_host(&text))
        return false;
    if (take_char(&text, ':') && take(&text, DIGIT) == 0)
        return false;
    return text.len == 0;
}

bool reference_grammar_is_tag(struct str text)
{
    if (text.len == 0 || text.len > TAG_MAX || is(text.ptr[0], POINT))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is(text.ptr[i], ALNUM | SCORE | POINT))
            return false;
    }
    return true;
}

bool reference_grammar_is_digest(struct str text)
{
    do {
        if (take(&text, LOWER | UPPER) == 0)
            return false;
        (void)take(&text, ALNUM);
    } while (take_char(&text, '-') || take_char(&text, '_') || take_char(&text, '+') ||
             take_char(&text, '.'));
    return take_char(&text, ':') && take(&text, DIGIT | HEX) >= DIGEST_HEX_MIN && text.len == 0;
}
