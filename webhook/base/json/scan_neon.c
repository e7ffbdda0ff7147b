/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel of 64-bit ARM machines. */
#include "base/json/scan_bits.h"
#include "base/json/scan_kernel.h"

#if defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__)

#include <arm_neon.h>

#define KERNEL_TARGET

struct block_bytes {
    uint8x16_t quarters[4];
};

static inline struct block_bytes load(const char *bytes)
{
    const uint8_t *at = (const uint8_t *)bytes;
    struct block_bytes block = {{vld1q_u8(at), vld1q_u8(at + 16), vld1q_u8(at + 32), vld1q_u8(at + 48)}};

    return block;
}

/* One bit a byte out of lanes that are all ones or all zeros: three times, neighbours are added. */
static inline uint64_t mask_bits(struct block_bytes lanes)
{
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t weight = vld1q_u8(weights);
    uint8x16_t first = vpaddq_u8(vandq_u8(lanes.quarters[0], weight), vandq_u8(lanes.quarters[1], weight));
    uint8x16_t second = vpaddq_u8(vandq_u8(lanes.quarters[2], weight), vandq_u8(lanes.quarters[3], weight));
    uint8x16_t sum = vpaddq_u8(first, second);

    sum = vpaddq_u8(sum, sum);
    return vgetq_lane_u64(vreinterpretq_u64_u8(sum), 0);
}

static inline uint64_t equal_bits(struct block_bytes block, unsigned char c)
{
    for (unsigned i = 0; i < 4; i++)
        block.quarters[i] = vceqq_u8(block.quarters[i], vdupq_n_u8(c));
    return mask_bits(block);
}

static inline uint64_t bytes_equal(const char *bytes, unsigned char c)
{
    return equal_bits(load(bytes), c);
}

static inline uint64_t bytes_from(const char *bytes, unsigned char c)
{
    struct block_bytes block = load(bytes);

    for (unsigned i = 0; i < 4; i++)
        block.quarters[i] = vcgeq_u8(block.quarters[i], vdupq_n_u8(c));
    return mask_bits(block);
}

static inline struct json_scan_bits bits_of(const char *bytes)
{
    struct block_bytes block = load(bytes);
    struct block_bytes folded = block;
    uint8x16_t odd = vdupq_n_u8(0);
    struct json_scan_bits bits;

    for (unsigned i = 0; i < 4; i++) {
        /* '[' and ']' become '{' and '}', and nothing else does. */
        folded.quarters[i] = vorrq_u8(block.quarters[i], vdupq_n_u8(0x20));
        /* Signed: bytes from 0x80 are below 0x20 as well. */
        odd = vorrq_u8(odd, vcltq_s8(vreinterpretq_s8_u8(block.quarters[i]), vdupq_n_s8(0x20)));
        odd = vorrq_u8(odd, vceqq_u8(block.quarters[i], vdupq_n_u8('\\')));
    }
    bits.quotes = equal_bits(block, '"');
    bits.opens = equal_bits(folded, '{');
    bits.closes = equal_bits(folded, '}');
    bits.odd = vmaxvq_u8(odd);
    return bits;
}

static inline uint64_t any_rare(const char *bytes)
{
    return ~bytes_from(bytes, 0x20) | bytes_from(bytes, 0x80);
}

static inline uint64_t prefix_xor(uint64_t bits)
{
    return json_scan_prefix_xor(bits);
}

static inline unsigned count_bits(uint64_t bits)
{
    return (unsigned)vaddv_u8(vcnt_u8(vcreate_u8(bits)));
}

#include "base/json/scan_loop.h"
#include "base/json/scan_next.h"

static bool is_available(void)
{
    return true;
}

const struct json_scan_kernel json_scan_kernel_neon = {"neon", is_available, fill, skip_nested, next_member};

#endif
