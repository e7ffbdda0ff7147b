/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of any machine, in plain C: a table look-up a byte. */
#include "base/json/scan_bits.h"
#include "base/json/scan_kernel.h"

#define KERNEL_TARGET

enum {
    QUOTE = 1,
    BACKSLASH = 2,
    OPEN = 4,
    CLOSE = 8,
};

static const unsigned char class_of[256] = {
    ['"'] = QUOTE, ['\\'] = BACKSLASH, ['{'] = OPEN, ['['] = OPEN, ['}'] = CLOSE, [']'] = CLOSE,
};

static struct json_scan_bits bits_of(const char *bytes)
{
    struct json_scan_bits bits = {0};

    for (unsigned i = 0; i < 64; i++) {
        unsigned char c = (unsigned char)bytes[i];
        uint64_t class = class_of[c];

        bits.quotes |= (class & QUOTE) << i;
        bits.opens |= (class / OPEN & 1) << i;
        bits.closes |= (class / CLOSE & 1) << i;
        bits.odd |= (class & BACKSLASH) != 0 || c < 0x20 || c >= 0x80;
    }
    return bits;
}

static uint64_t bytes_equal(const char *bytes, unsigned char c)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < 64; i++)
        bits |= (uint64_t)((unsigned char)bytes[i] == c) << i;
    return bits;
}

static uint64_t bytes_from(const char *bytes, unsigned char c)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < 64; i++)
        bits |= (uint64_t)((unsigned char)bytes[i] >= c) << i;
    return bits;
}

static inline uint64_t any_rare(const char *bytes)
{
    return ~bytes_from(bytes, 0x20) | bytes_from(bytes, 0x80);
}

static uint64_t prefix_xor(uint64_t bits)
{
    return json_scan_prefix_xor(bits);
}

static unsigned count_bits(uint64_t bits)
{
    return json_scan_count_bits(bits);
}

#include "base/json/scan_loop.h"
#include "base/json/scan_next.h"

static bool is_available(void)
{
    return true;
}

const struct json_scan_kernel json_scan_kernel_portable = {"portable", is_available, fill, skip_nested,
                                                           next_member};
