/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan_kernel.h"

#include "base/utf8.h"

const struct json_scan_kernel *const json_scan_kernels[] = {
#ifdef __x86_64__
    &json_scan_kernel_avx2,
#endif
#ifdef __SSE2__
    &json_scan_kernel_sse2,
#endif
#if defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__)
    &json_scan_kernel_neon,
#endif
    &json_scan_kernel_portable, NULL,
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
static bool check_controls(struct json_scan *scan, size_t start, uint64_t controls, uint64_t in_string)
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

static bool check_utf8(struct json_scan *scan, size_t start, uint64_t high)
{
    while (high) {
        size_t at = start + lowest(high);

        if (at < scan->utf8_done) {
            high &= high - 1;
            continue;
        }
        size_t length = utf8_sequence(str_from(scan->text, at));
        if (length == 0)
            return json_scan_fail_at(scan, at, "a byte that is not UTF-8");
        scan->utf8_done = at + length;
    }
    return true;
}

bool json_scan_check_rare(struct json_scan *scan, size_t start, uint64_t high, uint64_t controls,
                          uint64_t in_string)
{
    if (high & ~in_string)
        return json_scan_fail_at(scan, start + lowest(high & ~in_string), "an unexpected byte");
    return check_controls(scan, start, controls, in_string) && check_utf8(scan, start, high);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The UTF-16 unit of the escape whose backslash is at `at`, or -1. */
static int unit_at(const struct json_scan *scan, size_t at)
{
    const char *s = scan->text.ptr + at;
    int unit = 0;

    if (at > scan->text.len || scan->text.len - at < 6 || s[0] != '\\' || s[1] != 'u')
        return -1;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_digit(s[i]);

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

bool json_scan_check_depth(struct json_scan *scan, const struct json_scan_block *block, uint64_t from,
                           size_t depth, size_t limit)
{
    uint64_t both = (block->opens | block->closes) & from;

    for (; both; both &= both - 1) {
        if (block->closes >> lowest(both) & 1)
            depth--;
        else
            depth++;
        if (depth > limit)
            return json_scan_fail_at(scan, block->start + lowest(both), "nested too deeply");
        if (depth == 0)
            break;
    }
    return true;
}
