/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/label_glob.h"

#include "base/utf8.h"

/* What a byte that is not UTF-8 counts as inside a class. */
static const struct str replacement = STR_INIT("\xEF\xBF\xBD");

/* Takes one character; an ill-formed byte is one, too. */
static struct str take_character(struct str *s)
{
    size_t len = utf8_sequence(*s);
    struct str character = str_slice(*s, 0, len);

    *s = str_from(*s, len > 0 ? len : 1);
    return len > 0 ? character : replacement;
}

/* Takes one end of a range; false where none can stand there, or where the class ends with it. */
static bool take_class_character(struct str *pattern, struct str *ret)
{
    if (pattern->len == 0 || pattern->ptr[0] == '-' || pattern->ptr[0] == ']')
        return false;
    if (utf8_sequence(*pattern) == 0)
        return false;
    *ret = take_character(pattern);
    return pattern->len > 0;
}

/*
 * Takes a class, whose '[' is gone, off the pattern; false where it is
 * malformed. Order of UTF-8 is order of code points, so ends are compared as text.
 */
static bool take_class(struct str *pattern, struct str character, bool *ret_matches)
{
    struct str low;
    struct str high;

    *ret_matches = false;
    do {
        if (!take_class_character(pattern, &low))
            return false;
        high = low;
        if (pattern->ptr[0] == '-') {
            *pattern = str_from(*pattern, 1);
            if (!take_class_character(pattern, &high))
                return false;
        }
        if (str_compare(low, character) <= 0 && str_compare(character, high) <= 0)
            *ret_matches = true;
    } while (pattern->ptr[0] != ']');
    *pattern = str_from(*pattern, 1);
    return true;
}

/* Takes one byte or class off the pattern and what it matches off the text. */
static bool take_match(struct str *pattern, struct str *text)
{
    bool matches;

    if (text->len == 0)
        return false;
    if (pattern->ptr[0] == '[') {
        *pattern = str_from(*pattern, 1);
        return take_class(pattern, take_character(text), &matches) && matches;
    }
    matches = pattern->ptr[0] == text->ptr[0];
    *pattern = str_from(*pattern, 1);
    *text = str_from(*text, 1);
    return matches;
}

bool label_glob_match(struct str pattern, struct str text)
{
    struct str after_star = {NULL, 0};
    struct str retry = {NULL, 0};
    bool starred = false;

    while (pattern.len > 0 || text.len > 0) {
        if (pattern.len > 0 && pattern.ptr[0] == '*') {
            pattern = after_star = str_from(pattern, 1);
            retry = text;
            starred = true;
            continue;
        }
        if (pattern.len > 0 && take_match(&pattern, &text))
            continue;
        if (!starred || retry.len == 0)
            return false;
        retry = str_from(retry, 1);
        pattern = after_star;
        text = retry;
    }
    return true;
}
