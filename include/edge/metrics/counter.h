/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_METRICS_COUNTER_H
#define WEIR_EDGE_METRICS_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

/* A number that one thread adds to, without a locked instruction, and any thread reads. */
typedef atomic_uint_fast64_t counter;

static inline void counter_add(counter *counter_, uint64_t n)
{
    atomic_store_explicit(counter_, atomic_load_explicit(counter_, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static inline uint64_t counter_read(const counter *counter_)
{
    return atomic_load_explicit(counter_, memory_order_relaxed);
}

#endif
