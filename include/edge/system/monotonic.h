/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SYSTEM_MONOTONIC_H
#define WEIR_EDGE_SYSTEM_MONOTONIC_H

#include <stdint.h>
#include <time.h>

/* The clock that no one sets (CLOCK_MONOTONIC), for durations and deadlines. */
static inline int64_t monotonic_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t monotonic_ms(void)
{
    return monotonic_ns() / 1000000;
}

#endif
