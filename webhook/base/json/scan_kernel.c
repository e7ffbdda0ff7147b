/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/scan_kernel.h"

#include "base/character.h"
#include "base/utf8.h"

#define REPEAT_8(byte) ((byte)*UINT64_C(0x0101010101010101))
#define REPEAT_32(byte)                                                                                      \
    {                                                                                                        \
        REPEAT_8(byte), REPEAT_8(byte), REPEAT_8(byte), REPEAT_8(byte)                                       \
    }

_Alignas(32) const uint64_t json_scan_patterns[JSON_SCAN_PATTERNS][4] = {
    [JSON_SCAN_QUOTES] = REPEAT_32('"'), [JSON_SCAN_BACKSLASHES] = REPEAT_32('\\'),
    [JSON_SCAN_OPENS] = REPEAT_32('{'),  [JSON_SCAN_CLOSES] = REPEAT_32('}'),
    [JSON_SCAN_BLANKS] = REPEAT_32(' '),
};

bool json_scan_fail_at(struct json_scan *scan, size_t at, const char *problem)
{
    if (!scan->problem) {
        scan->problem = problem;
        scan->problem_at = at;
    }
    scan->at = scan->text.len;
    return false;
}

/* Index of the lowest bit. */
static size_t lowest(uint64_t bits)
{
    return (size_t)__builtin_ctzll(bits);
}

/* White space outside strings is all there may be. */
bool json_scan_check_controls(struct json_scan *scan, size_t start, uint64_t controls, uint64_t in_string)
{
    if (controls & in_string)
        return json_scan_fail_at(scan, start + lowest(controls & in_string),
                                 "a control character in a string");
    for (; controls; controls &= controls - 1) {
        size_t at = start + lowest(controls);
        char c = scan->text.ptr[at];

        if (c != '\n' && c != '\r' && c != '\t')
            return json_scan_fail_at(scan, at, "a control character");
    }
    return true;
}

bool json_scan_check_utf8(struct json_scan *scan, size_t start, uint64_t high)
{
    size_t at = scan->utf8_done > start ? scan->utf8_done : start;

    while (at - start < 64 && (high >> (at - start)) != 0) {
        size_t length;

        at += lowest(high >> (at - start));
        length = utf8_sequence(str_from(scan->text, at));
        if (length == 0)
            return json_scan_fail_at(scan, at, "a byte that is not UTF-8");
        at += length;
    }
    scan->utf8_done = at;
    return true;
}

/* The UTF-16 unit of the escape whose backslash is at `at`, or -1. */
static int unit_at(const struct json_scan *scan, size_t at)
{
    const char *s = scan->text.ptr + at;
    int unit = 0;

    if (at > scan->text.len || scan->text.len - at < 6 || s[0] != '\\' || s[1] != 'u')
        return -1;
    for (size_t i = 2; i < 6; i++) {
        int digit = char_hex_value(s[i]);

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool check_unit(struct json_scan *scan, size_t at)
{
    int unit = unit_at(scan, at);

    if (unit < 0)
        return json_scan_fail_at(scan, at, "an illegal escape");
    if (unit < 0xD800 || unit > 0xDFFF)
        return true;
    if (unit >= 0xDC00)
        return at == scan->low_at || json_scan_fail_at(scan, at, "a lone surrogate");
    unit = unit_at(scan, at + 6);
    if (unit < 0xDC00 || unit > 0xDFFF)
        return json_scan_fail_at(scan, at, "a lone surrogate");
    scan->low_at = at + 6;
    return true;
}

bool json_scan_check_escapes(struct json_scan *scan, size_t start, uint64_t escaped)
{
    for (; escaped; escaped &= escaped - 1) {
        size_t at = start + lowest(escaped);
        char c = at < scan->text.len ? scan->text.ptr[at] : '\0';

        switch (c) {
        case 'n':
        case 't':
        case 'r':
        case 'b':
        case 'f':
        case '/':
            break;
        case 'u':
            if (!check_unit(scan, at - 1))
                return false;
            break;
        default:
            return json_scan_fail_at(scan, at, "an illegal escape");
        }
    }
    return true;
}

bool json_scan_check_depth(struct json_scan *scan, size_t start, uint64_t opens, uint64_t closes,
                           size_t depth)
{
    size_t limit = JSON_SCAN_DEPTH_MAX - scan->depth;
    uint64_t both = opens | closes;

    for (; both && depth > 0; both &= both - 1) {
        depth = closes >> lowest(both) & 1 ? depth - 1 : depth + 1;
        if (depth > limit)
            return json_scan_fail_at(scan, start + lowest(both), "nested too deeply");
    }
    return true;
}
