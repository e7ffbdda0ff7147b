/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/scan.h"

#include "base/character.h"
#include "base/json/member_match.h"
#include "base/json/number.h"
#include "base/json/scan_kernel.h"
#include "base/json/unescape.h"

#include <string.h>

bool json_scan_failed(const struct json_scan *scan)
{
    return scan->problem != NULL;
}

bool json_scan_fail(struct json_scan *scan, const char *problem)
{
    return json_scan_fail_at(scan, scan->at, problem);
}

/* The same where white space, or the end, is next. */
static char next_char_far(struct json_scan *scan)
{
    for (; scan->at < scan->text.len; scan->at++) {
        char c = scan->text.ptr[scan->at];

        if (!char_is_space(c))
            return c;
    }
    return '\0';
}

/* The next byte that is not white space, or NUL at the end; NUL itself is no JSON. */
static inline char next_char(struct json_scan *scan)
{
    char c = scan->at < scan->text.len ? scan->text.ptr[scan->at] : '\0';

    return c > ' ' ? c : next_char_far(scan);
}

/* The bits below the lowest that is set. */
static inline uint64_t below_lowest(uint64_t bits)
{
    return (bits & (0 - bits)) - 1;
}

static inline size_t lowest(uint64_t bits)
{
    return (size_t)__builtin_ctzll(bits);
}

static bool unexpected(struct json_scan *scan)
{
    return json_scan_fail(scan,
                          scan->at < scan->text.len ? "an unexpected byte" : "the document ends too early");
}

static bool fail_kind(struct json_scan *scan, const char *problem)
{
    return json_scan_peek(scan) != JSON_SCAN_NONE && json_scan_fail(scan, problem);
}

const unsigned char json_scan_kinds[256] = {
    ['"'] = JSON_SCAN_STRING, ['{'] = JSON_SCAN_MAP,    ['['] = JSON_SCAN_LIST,   ['t'] = JSON_SCAN_BOOL,
    ['f'] = JSON_SCAN_BOOL,   ['n'] = JSON_SCAN_NULL,   ['-'] = JSON_SCAN_NUMBER, ['0'] = JSON_SCAN_NUMBER,
    ['1'] = JSON_SCAN_NUMBER, ['2'] = JSON_SCAN_NUMBER, ['3'] = JSON_SCAN_NUMBER, ['4'] = JSON_SCAN_NUMBER,
    ['5'] = JSON_SCAN_NUMBER, ['6'] = JSON_SCAN_NUMBER, ['7'] = JSON_SCAN_NUMBER, ['8'] = JSON_SCAN_NUMBER,
    ['9'] = JSON_SCAN_NUMBER,
};

enum json_scan_kind json_scan_peek_far(struct json_scan *scan)
{
    enum json_scan_kind kind = json_scan_kinds[(unsigned char)next_char(scan)];

    if (kind == JSON_SCAN_NONE)
        (void)unexpected(scan);
    return kind;
}

static bool enter(struct json_scan *scan)
{
    if (scan->depth >= JSON_SCAN_DEPTH_MAX)
        return json_scan_fail(scan, "nested too deeply");
    scan->at++;
    scan->depth++;
    return true;
}

static bool leave(struct json_scan *scan)
{
    scan->at++;
    scan->depth--;
    return false;
}

bool json_scan_enter_map(struct json_scan *scan, struct json_keys *keys)
{
    json_keys_init(keys);
    if (next_char(scan) != '{')
        return fail_kind(scan, "not a map");
    return enter(scan);
}

bool json_scan_enter_list(struct json_scan *scan)
{
    if (next_char(scan) != '[')
        return fail_kind(scan, "not a list");
    return enter(scan);
}

/* What stands between two quotes, the latter of which is consumed. */
static inline struct str between(struct json_scan *scan, size_t open, size_t close)
{
    scan->at = close + 1;
    return (struct str){scan->text.ptr + open + 1, close - open - 1};
}

static inline size_t block_of(const struct json_scan *scan, size_t offset)
{
    return (offset - scan->window_start) / 64;
}

/* Any string that opens here, as it stands in the document. */
static bool take_raw_string(struct json_scan *scan, struct str *ret, bool *ret_escapes)
{
    size_t open = scan->at;
    size_t from = open + 1;
    bool escapes = false;

    for (;;) {
        while (from < scan->window_end) {
            uint64_t after = ~UINT64_C(0) << from % 64;
            uint64_t quotes = scan->window.quotes[block_of(scan, from)] & after;
            uint64_t backslashes = scan->window.backslashes[block_of(scan, from)] & after;

            if (quotes != 0) {
                *ret_escapes = escapes || (backslashes & below_lowest(quotes)) != 0;
                *ret = between(scan, open, from / 64 * 64 + lowest(quotes));
                return true;
            }
            escapes = escapes || backslashes != 0;
            from = from / 64 * 64 + 64;
        }
        if (!scan->kernel->fill(scan))
            return false;
    }
}

static bool take_string(struct json_scan *scan, struct str *ret)
{
    bool escapes = false;

    if (!take_raw_string(scan, ret, &escapes))
        return false;
    if (escapes)
        *ret = json_unescape(scan->arena, *ret);
    return true;
}

static bool skip_string(struct json_scan *scan)
{
    struct str ignored;
    bool escapes;

    return take_raw_string(scan, &ignored, &escapes);
}

bool json_scan_open_far(struct json_scan *scan)
{
    if (next_char(scan) != '{')
        return fail_kind(scan, "not a map");
    if (scan->depth >= JSON_SCAN_DEPTH_MAX)
        return json_scan_fail(scan, "nested too deeply");
    scan->depth++;
    return true;
}

/* To the name of the next member, which is consumed with its colon; false at the object's end. */
static bool take_name(struct json_scan *scan, bool is_first, struct str *ret)
{
    char c = next_char(scan);

    if (c == '}')
        return leave(scan);
    if (!is_first) {
        if (c != ',')
            return unexpected(scan);
        scan->at++;
        c = next_char(scan);
    }
    if (c != '"')
        return unexpected(scan);
    if (!take_string(scan, ret))
        return false;
    if (next_char(scan) != ':')
        return unexpected(scan);
    scan->at++;
    return true;
}

static bool store_string(struct json_scan *scan, struct json_scan_map *map,
                         const struct json_scan_field *field)
{
    struct str text;

    if (!take_string(scan, &text))
        return false;
    json_scan_store(map, field, text);
    return true;
}

int json_scan_value_far(struct json_scan *scan, struct json_scan_map *map,
                        const struct json_scan_field *field)
{
    if ((map->seen & field->bit) != 0) {
        (void)json_scan_fail(scan, "an object has a member twice");
        return JSON_SCAN_END;
    }
    map->seen |= field->bit;
    if (field->offset != JSON_SCAN_ASK && json_scan_peek(scan) == JSON_SCAN_STRING)
        return store_string(scan, map, field) ? JSON_SCAN_PASSED : JSON_SCAN_END;
    return (int)(field - map->wanted->fields);
}

int json_scan_next_far(struct json_scan *scan, struct json_scan_map *map)
{
    const struct json_scan_field *field = NULL;
    bool is_first = !map->inside;
    struct str name;

    if (scan->problem)
        return JSON_SCAN_END;
    if (is_first)
        scan->at++; /* the '{' */
    map->inside = true;
    if (!take_name(scan, is_first, &name))
        return JSON_SCAN_END;
    if (name.len > 0 && json_scan_may_want(map->wanted, name))
        field = json_scan_field_named(map, name);
    if (!field)
        return json_scan_skip(scan) ? JSON_SCAN_PASSED : JSON_SCAN_END;
    return json_scan_value_far(scan, map, field);
}

bool json_scan_member(struct json_scan *scan, struct json_keys *keys, struct str *ret_key)
{
    if (!take_name(scan, keys->count == 0, ret_key))
        return false;
    return json_keys_add(keys, scan->arena, *ret_key) || json_scan_fail(scan, "an object has a member twice");
}

bool json_scan_element_far(struct json_scan *scan, bool *first)
{
    char c = next_char(scan);

    if (c == ']')
        return leave(scan);
    if (!*first) {
        if (c != ',')
            return unexpected(scan);
        scan->at++;
        if (next_char(scan) == ']')
            return unexpected(scan);
    }
    *first = false;
    return json_scan_peek(scan) != JSON_SCAN_NONE;
}

bool json_scan_string(struct json_scan *scan, struct str *ret)
{
    if (next_char(scan) != '"')
        return fail_kind(scan, "not a string");
    return take_string(scan, ret);
}

static inline bool take_literal(struct json_scan *scan, const char *literal, size_t len)
{
    if (scan->text.len - scan->at < len || memcmp(scan->text.ptr + scan->at, literal, len) != 0)
        return unexpected(scan);
    scan->at += len;
    return true;
}

bool json_scan_bool(struct json_scan *scan, bool *ret)
{
    char c = next_char(scan);

    if (c != 't' && c != 'f')
        return fail_kind(scan, "not a boolean");
    *ret = c == 't';
    return c == 't' ? take_literal(scan, "true", 4) : take_literal(scan, "false", 5);
}

bool json_scan_null(struct json_scan *scan)
{
    if (next_char(scan) != 'n')
        return fail_kind(scan, "not null");
    return take_literal(scan, "null", 4);
}

bool json_scan_number(struct json_scan *scan, struct str *ret)
{
    struct str number;

    if (json_scan_peek(scan) != JSON_SCAN_NUMBER)
        return json_scan_fail(scan, "not a number");
    number = str_from(scan->text, scan->at);
    number.len = json_number_length(number);
    if (number.len == 0)
        return json_scan_fail(scan, "not a number as JSON writes it");
    if (!json_number_is_finite(number))
        return json_scan_fail(scan, "a number too large");
    scan->at += number.len;
    *ret = number;
    return true;
}

bool json_scan_skip(struct json_scan *scan)
{
    struct str ignored;
    bool ignored_bool;

    switch (json_scan_peek(scan)) {
    case JSON_SCAN_MAP:
    case JSON_SCAN_LIST:
        return scan->kernel->skip_nested(scan);
    case JSON_SCAN_STRING:
        return skip_string(scan);
    case JSON_SCAN_NUMBER:
        return json_scan_number(scan, &ignored);
    case JSON_SCAN_BOOL:
        return json_scan_bool(scan, &ignored_bool);
    case JSON_SCAN_NULL:
        return json_scan_null(scan);
    case JSON_SCAN_NONE:
        break;
    }
    return false;
}

bool json_scan_skip_raw(struct json_scan *scan, struct str *ret)
{
    size_t from;

    (void)json_scan_peek(scan);
    from = scan->at;
    if (!json_scan_skip(scan))
        return false;
    *ret = (struct str){scan->text.ptr + from, scan->at - from};
    return true;
}

int json_scan_finish(struct json_scan *scan, struct error *err)
{
    if (!scan->problem && (next_char(scan), scan->at < scan->text.len || scan->depth > 0))
        (void)unexpected(scan);
    if (scan->problem)
        return error_set(err, ERROR_INVALID, "byte %zu: %s", scan->problem_at, scan->problem);
    return 0;
}
