/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SYSTEM_BACKOFF_H
#define WEIR_EDGE_SYSTEM_BACKOFF_H

#include <stdint.h>

/* How long to wait after failures in a row: doubled each time, up to a limit, from half to one and a half of
 * it. */
struct backoff {
    int64_t first_ms;
    int64_t max_ms;
    int64_t next_ms;
    uint64_t random;
};

/* The same seed gives the same pauses. */
void backoff_init(struct backoff *backoff, int64_t first_ms, int64_t max_ms, uint64_t seed);
int64_t backoff_next(struct backoff *backoff);
/* It went well: the next failure is the first one. */
void backoff_reset(struct backoff *backoff);
/* From 0 to `below` - 1. */
int64_t backoff_random(struct backoff *backoff, int64_t below);

#endif
