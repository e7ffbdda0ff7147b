/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/system/backoff.h"

void backoff_init(struct backoff *backoff, int64_t first_ms, int64_t max_ms, uint64_t seed)
{
    *backoff = (struct backoff){.first_ms = first_ms, .max_ms = max_ms, .next_ms = first_ms, .random = seed};
}

/* SplitMix64. */
int64_t backoff_random(struct backoff *backoff, int64_t below)
{
    uint64_t mixed;

    if (below <= 0)
        return 0;
    backoff->random += UINT64_C(0x9e3779b97f4a7c15);
    mixed = backoff->random;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    mixed ^= mixed >> 31;
    return (int64_t)(mixed % (uint64_t)below);
}

int64_t backoff_next(struct backoff *backoff)
{
    int64_t pause = backoff->next_ms < backoff->max_ms ? backoff->next_ms : backoff->max_ms;

    backoff->next_ms = pause < backoff->max_ms / 2 ? pause * 2 : backoff->max_ms;
    return pause / 2 + backoff_random(backoff, pause + 1);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->next_ms = backoff->first_ms;
}
