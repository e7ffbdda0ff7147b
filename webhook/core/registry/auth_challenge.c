/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/auth_challenge.h"

#include "base/character.h"

#include <string.h>

/* RFC 9110 §5.6.2 */
static bool is_token_char(char c)
{
    return char_is_alphanumeric(c) || (c != '\0' && memchr("!#$%&'*+-.^_`|~", c, 15) != NULL);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* More than a token: realms without quotes are met, and a URL has ':' and '/'. */
static bool is_bare_value_char(char c)
{
    return is_token_char(c) || (c != '\0' && memchr("/:?=@[]()<>{}", c, 13) != NULL);
}

static struct str take_while(struct str *cursor, bool (*belongs)(char))
{
    struct str taken = *cursor;
    size_t n = 0;

    while (n < cursor->len && belongs(cursor->ptr[n]))
        n++;
    *cursor = str_from(*cursor, n);
    return str_slice(taken, 0, n);
}

/* Blanks and commas: empty list elements are allowed, and a comma left out is forgiven. */
static bool is_separator(char c)
{
    return is_blank(c) || c == ',';
}

/* Takes `name =` off the front, where that is what stands there. */
static bool take_name(struct str *cursor, struct str *ret_name)
{
    struct str rest = *cursor;
    struct str name = take_while(&rest, is_token_char);

    (void)take_while(&rest, is_blank);
    if (name.len == 0 || rest.len == 0 || rest.ptr[0] != '=')
        return false;
    rest = str_from(rest, 1);
    (void)take_while(&rest, is_blank);
    *ret_name = name;
    *cursor = rest;
    return true;
}

/* The body of a quoted string without the backslashes that escape. */
static struct str unescape(struct arena *arena, struct str body)
{
    char *out;
    size_t len = 0;

    if (str_find(body, '\\') == body.len)
        return body;
    out = arena_alloc(arena, body.len);
    for (size_t i = 0; i < body.len; i++) {
        if (body.ptr[i] == '\\')
            i++;
        out[len++] = body.ptr[i];
    }
    return (struct str){out, len};
}

static bool is_quotable(char c)
{
    return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7F);
}

static bool take_quoted(struct arena *arena, struct str *cursor, struct str *ret)
{
    size_t i = 1;

    while (i < cursor->len && cursor->ptr[i] != '"') {
        if (cursor->ptr[i] == '\\')
            i++;
        if (i >= cursor->len || !is_quotable(cursor->ptr[i]))
            return false;
        i++;
    }
    if (i >= cursor->len)
        return false;
    *ret = unescape(arena, str_slice(*cursor, 1, i));
    *cursor = str_from(*cursor, i + 1);
    return true;
}

/* Takes a value; false where none stands there. */
static bool take_value(struct arena *arena, struct str *cursor, struct str *ret)
{
    if (cursor->len > 0 && cursor->ptr[0] == '"')
        return take_quoted(arena, cursor, ret);
    *ret = take_while(cursor, is_bare_value_char);
    return ret->len > 0;
}

static void set_parameter(struct auth_challenge *challenge, struct str name, struct str value)
{
    const struct {
        struct str name;
        struct str *member;
    } known[] = {
        {STR("realm"), &challenge->realm},
        {STR("service"), &challenge->service},
        {STR("scope"), &challenge->scope},
        {STR("error"), &challenge->error},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_equal_nocase(known[i].name, name) && known[i].member->len == 0)
            *known[i].member = value;
    }
}

static enum auth_scheme scheme_of(struct str name)
{
    if (str_equal_nocase(name, STR("bearer")))
        return AUTH_SCHEME_BEARER;
    return str_equal_nocase(name, STR("basic")) ? AUTH_SCHEME_BASIC : AUTH_SCHEME_OTHER;
}

static bool is_token68_char(char c)
{
    return char_is_alphanumeric(c) || (c != '\0' && memchr("-._~+/", c, 6) != NULL);
}

static bool is_equals(char c)
{
    return c == '=';
}

/* Takes the credentials blob that schemes like Negotiate have in place of parameters. */
static bool take_token68(struct str *cursor)
{
    struct str rest = *cursor;

    if (take_while(&rest, is_token68_char).len == 0)
        return false;
    (void)take_while(&rest, is_equals);
    (void)take_while(&rest, is_blank);
    if (rest.len > 0 && rest.ptr[0] != ',')
        return false;
    *cursor = rest;
    return true;
}

/* Takes "name=value, …" up to the next scheme or the end. */
static bool take_parameters(struct arena *arena, struct str *cursor, struct auth_challenge *challenge)
{
    struct str name;
    struct str value;

    (void)take_while(cursor, is_separator);
    while (take_name(cursor, &name)) {
        if (!take_value(arena, cursor, &value))
            return false;
        set_parameter(challenge, name, value);
        (void)take_while(cursor, is_separator);
    }
    return true;
}

static bool take_challenge(struct arena *arena, struct str *cursor, struct auth_challenge *ret)
{
    struct str scheme = take_while(cursor, is_token_char);

    if (scheme.len == 0 || (cursor->len > 0 && !is_separator(cursor->ptr[0])))
        return false;
    *ret = (struct auth_challenge){.scheme = scheme_of(scheme)};
    (void)take_while(cursor, is_blank);
    if (ret->scheme == AUTH_SCHEME_OTHER && take_token68(cursor))
        return true;
    return take_parameters(arena, cursor, ret);
}

size_t auth_challenge_parse(struct arena *arena, struct str line, struct auth_challenge *ret, size_t count)
{
    if (line.len > AUTH_CHALLENGE_LINE_MAX)
        return count;
    (void)take_while(&line, is_separator);
    while (line.len > 0 && count < AUTH_CHALLENGES_MAX) {
        struct auth_challenge challenge;

        if (!take_challenge(arena, &line, &challenge))
            return count;
        ret[count++] = challenge;
        (void)take_while(&line, is_separator);
    }
    return count;
}

const struct auth_challenge *auth_challenge_choose(const struct auth_challenge *challenges, size_t count)
{
    const struct auth_challenge *basic = NULL;

    for (size_t i = 0; i < count; i++) {
        if (challenges[i].scheme == AUTH_SCHEME_BEARER && challenges[i].realm.len > 0)
            return &challenges[i];
        if (challenges[i].scheme == AUTH_SCHEME_BASIC && !basic)
            basic = &challenges[i];
    }
    return basic;
}
