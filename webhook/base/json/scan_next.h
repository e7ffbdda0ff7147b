/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quick way through an object, for one json_scan kernel: members without
 * white space between them, names without escapes, all in the window. Where it
 * is otherwise, one member goes the long way of scan.c. Included once a .c
 * file, behind scan_loop.h; gives static next_member().
 */
#ifndef WEIR_BASE_JSON_SCAN_NEXT_H
#define WEIR_BASE_JSON_SCAN_NEXT_H

#include "base/json/member_match.h"
#include "base/json/scan_loop.h"

/*
 * The string that opens at `open`, in the window; false where it is not closed in its block or the next, or
 * has an escape.
 */
KERNEL_INLINE bool near_string(const struct json_scan *scan, size_t open, struct str *ret)
{
    const struct json_scan_window *window = &scan->window;
    size_t index = (open - scan->window_start) / 64;
    uint64_t quotes = window->quotes[index] >> open % 64 >> 1;
    uint64_t odd = window->backslashes[index];
    size_t len;

    if (quotes != 0) {
        len = (size_t)__builtin_ctzll(quotes);
    } else {
        quotes = window->quotes[index + 1];
        odd |= window->backslashes[index + 1];
        if (quotes == 0)
            return false;
        len = 63 - open % 64 + (size_t)__builtin_ctzll(quotes);
    }
    *ret = (struct str){scan->text.ptr + open + 1, len};
    return odd == 0 || memchr(ret->ptr, '\\', len) == NULL;
}

KERNEL_INLINE bool two_bytes(const char *at, const char *expected)
{
    return memcmp(at, expected, 2) == 0;
}

/* The name of the member behind `at`, a comma or the brace that opens the object; false: go the long way. */
KERNEL_INLINE bool quick_name(const struct json_scan *scan, size_t at, const struct json_scan_map *map,
                              struct str *ret)
{
    const char *text = scan->text.ptr;

    return at + 1 < scan->known && (two_bytes(text + at, ",\"") || (!map->inside && text[at + 1] == '"')) &&
           near_string(scan, at + 1, ret) && at + ret->len + 4 < scan->known &&
           text[at + ret->len + 3] == ':';
}

/* The offset behind the string that opens at `open`, where it is closed in its block or the next; else 0. */
KERNEL_INLINE size_t near_end(const struct json_scan *scan, size_t open)
{
    size_t index = (open - scan->window_start) / 64;
    uint64_t quotes = scan->window.quotes[index] >> open % 64 >> 1;

    if (quotes != 0)
        return open + 2 + (size_t)__builtin_ctzll(quotes);
    quotes = scan->window.quotes[index + 1];
    return quotes != 0 ? open / 64 * 64 + 65 + (size_t)__builtin_ctzll(quotes) : 0;
}

/* The offset behind a whole number of at most 9 digits that is followed by a comma or brace; else 0. */
KERNEL_INLINE size_t quick_number(const struct json_scan *scan, size_t at)
{
    const char *text = scan->text.ptr;
    size_t end = at;

    while (end < scan->known && (unsigned char)(text[end] - '0') < 10)
        end++;
    if (end == at || end - at > 9 || end >= scan->known || (text[end] != ',' && text[end] != '}') ||
        (text[at] == '0' && end - at > 1))
        return 0;
    return end;
}

/* The value of a member that is not asked for. */
KERNEL_INLINE bool pass_value(struct json_scan *scan)
{
    size_t at = scan->at;
    char c = scan->text.ptr[at];
    size_t end;

    if ((c | 0x20) == '{')
        return skip_from_window(scan);
    end = c == '"' ? near_end(scan, at) : quick_number(scan, at);
    if (end == 0)
        return json_scan_skip(scan);
    scan->at = end;
    return true;
}

/* A string without escapes that has a place is put there; false where it is anything else. */
KERNEL_INLINE bool quick_store(struct json_scan *scan, struct json_scan_map *map,
                               const struct json_scan_field *field)
{
    struct str text;

    if (scan->text.ptr[scan->at] != '"' || (map->seen & field->bit) != 0 ||
        !near_string(scan, scan->at, &text))
        return false;
    map->seen |= field->bit;
    json_scan_store(map, field, text);
    scan->at += text.len + 2;
    return true;
}

/* At the end of an object, which is left. */
KERNEL_INLINE bool quick_leave(struct json_scan *scan, const struct json_scan_map *map)
{
    if (scan->at >= scan->known || scan->text.ptr[scan->at] != '}' || !map->inside)
        return false;
    scan->at++;
    scan->depth--;
    return true;
}

KERNEL_TARGET static int next_member(struct json_scan *scan, struct json_scan_map *map)
{
    for (;;) {
        const struct json_scan_field *field = NULL;
        struct str name;
        int index;

        if (!quick_name(scan, scan->at, map, &name)) {
            if (quick_leave(scan, map))
                return JSON_SCAN_END;
            index = slide(scan) ? JSON_SCAN_PASSED : json_scan_next_far(scan, map);
            if (index != JSON_SCAN_PASSED)
                return index;
            continue;
        }
        map->inside = true;
        scan->at += name.len + 4; /* the comma, both quotes, the colon */
        if (json_scan_may_want(map->wanted, name))
            field = json_scan_field_named(map, name);
        if (!field) {
            if (UNLIKELY(!pass_value(scan)))
                return JSON_SCAN_END;
            continue;
        }
        if (field->offset == JSON_SCAN_ASK && (map->seen & field->bit) == 0) {
            map->seen |= field->bit;
            return (int)(field - map->wanted->fields);
        }
        if (quick_store(scan, map, field))
            continue;
        index = json_scan_value_far(scan, map, field);
        if (index != JSON_SCAN_PASSED)
            return index;
    }
}

#endif
