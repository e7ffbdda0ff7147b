/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"

#include "base/json_number.h"
#include "base/json_scan_kernel.h"
#include "base/json_scan_string.h"

#include <string.h>

static const struct json_scan_kernel *fastest_kernel(void)
{
    const struct json_scan_kernel *const *kernel = json_scan_kernels;

    while (!(*kernel)->is_available())
        kernel++;
    return *kernel;
}

static void start(struct json_scan *scan, struct arena *arena, struct str text,
                  const struct json_scan_kernel *kernel)
{
    size_t rest = text.len % 64;

    scan->text = text;
    scan->arena = arena;
    scan->at = 0;
    scan->depth = 0;
    scan->block = (struct json_scan_block){.start = (size_t)0 - 64};
    scan->whole_blocks = text.len - rest;
    scan->utf8_done = 0;
    scan->low_at = SIZE_MAX;
    scan->problem = NULL;
    scan->problem_at = 0;
    scan->kernel = kernel;
    memset(scan->tail, ' ', sizeof(scan->tail));
    if (rest)
        memcpy(scan->tail, text.ptr + scan->whole_blocks, rest);
}

void json_scan_init(struct json_scan *scan, struct arena *arena, struct str text)
{
    start(scan, arena, text, fastest_kernel());
}

bool json_scan_init_kernel(struct json_scan *scan, struct arena *arena, struct str text, const char *kernel)
{
    for (const struct json_scan_kernel *const *k = json_scan_kernels; *k; k++) {
        if (strcmp((*k)->name, kernel) == 0 && (*k)->is_available()) {
            start(scan, arena, text, *k);
            return true;
        }
    }
    return false;
}

bool json_scan_failed(const struct json_scan *scan)
{
    return scan->problem != NULL;
}

bool json_scan_fail(struct json_scan *scan, const char *problem)
{
    return json_scan_fail_at(scan, scan->at, problem);
}

/* The next byte that is not white space, or NUL at the end; NUL itself is no JSON. */
static char next_char(struct json_scan *scan)
{
    for (; scan->at < scan->text.len; scan->at++) {
        char c = scan->text.ptr[scan->at];

        if ((unsigned char)c > ' ' || (c != ' ' && c != '\n' && c != '\t' && c != '\r'))
            return c;
    }
    return '\0';
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

enum json_scan_kind json_scan_peek(struct json_scan *scan)
{
    switch (next_char(scan)) {
    case '"':
        return JSON_SCAN_STRING;
    case '{':
        return JSON_SCAN_MAP;
    case '[':
        return JSON_SCAN_LIST;
    case 't':
    case 'f':
        return JSON_SCAN_BOOL;
    case 'n':
        return JSON_SCAN_NULL;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return JSON_SCAN_NUMBER;
    default:
        (void)unexpected(scan);
        return JSON_SCAN_NONE;
    }
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

bool json_scan_enter_map(struct json_scan *scan, struct json_scan_keys *keys)
{
    json_scan_keys_init(keys);
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

/* What stands between the quotes of the string that begins here, which is consumed. */
static bool take_raw_string(struct json_scan *scan, struct str *ret_raw, bool *ret_escapes)
{
    size_t open = scan->at;
    uint64_t after, quotes, escapes, seen = 0;
    size_t close;

    while (open - scan->block.start >= 64) {
        if (!scan->kernel->next_block(scan))
            return false;
    }
    after = ~UINT64_C(1) << (open - scan->block.start);
    quotes = scan->block.quotes & after;
    escapes = scan->block.backslashes & after;
    while (quotes == 0) {
        seen |= escapes;
        if (!scan->kernel->next_block(scan))
            return false;
        quotes = scan->block.quotes;
        escapes = scan->block.backslashes;
    }
    seen |= escapes & ((quotes & (0 - quotes)) - 1);
    close = scan->block.start + (size_t)__builtin_ctzll(quotes);
    scan->at = close + 1;
    *ret_raw = (struct str){scan->text.ptr + open + 1, close - open - 1};
    *ret_escapes = seen != 0;
    return true;
}

static bool take_string(struct json_scan *scan, struct str *ret)
{
    bool escapes;

    if (!take_raw_string(scan, ret, &escapes))
        return false;
    if (escapes)
        *ret = json_scan_decode(scan->arena, *ret);
    return true;
}

bool json_scan_member(struct json_scan *scan, struct json_scan_keys *keys, struct str *ret_key)
{
    char c = next_char(scan);

    if (c == '}')
        return leave(scan);
    if (keys->count > 0) {
        if (c != ',')
            return unexpected(scan);
        scan->at++;
        c = next_char(scan);
    }
    if (c != '"')
        return unexpected(scan);
    if (!take_string(scan, ret_key))
        return false;
    if (!json_scan_keys_add(keys, scan->arena, *ret_key))
        return json_scan_fail(scan, "an object has a member twice");
    if (next_char(scan) != ':')
        return unexpected(scan);
    scan->at++;
    return true;
}

bool json_scan_element(struct json_scan *scan, bool *first)
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

static bool take_literal(struct json_scan *scan, struct str literal)
{
    if (!str_starts(str_from(scan->text, scan->at), literal))
        return unexpected(scan);
    scan->at += literal.len;
    return true;
}

bool json_scan_bool(struct json_scan *scan, bool *ret)
{
    char c = next_char(scan);

    if (c != 't' && c != 'f')
        return fail_kind(scan, "not a boolean");
    if (!take_literal(scan, c == 't' ? STR("true") : STR("false")))
        return false;
    *ret = c == 't';
    return true;
}

bool json_scan_null(struct json_scan *scan)
{
    if (next_char(scan) != 'n')
        return fail_kind(scan, "not null");
    return take_literal(scan, STR("null"));
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

static bool skip_container(struct json_scan *scan)
{
    return enter(scan) && scan->kernel->skip_nested(scan) && (scan->depth--, true);
}

bool json_scan_skip(struct json_scan *scan)
{
    struct str ignored;
    bool ignored_bool;

    switch (json_scan_peek(scan)) {
    case JSON_SCAN_MAP:
    case JSON_SCAN_LIST:
        return skip_container(scan);
    case JSON_SCAN_STRING:
        return take_raw_string(scan, &ignored, &ignored_bool);
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
