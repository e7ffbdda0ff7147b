/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver/counters.h"

#include <stddef.h>

const double resolver_counters_bounds[RESOLVER_BUCKET_COUNT] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                                0.5,   1,    2.5,   5,    10};

static void add(atomic_uint_fast64_t *counter, uint64_t value)
{
    (void)atomic_fetch_add_explicit(counter, value, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void resolver_counters_lookup(struct resolver_counters *counters, int64_t duration_ms)
{
    size_t bucket = 0;

    add(&counters->lookups, 1);
    add(&counters->milliseconds, (uint64_t)duration_ms);
    while (bucket < RESOLVER_BUCKET_COUNT && (double)duration_ms > resolver_counters_bounds[bucket] * 1000)
        bucket++;
    if (bucket < RESOLVER_BUCKET_COUNT)
        add(&counters->buckets[bucket], 1);
}

void resolver_counters_read(const struct resolver_counters *counters, struct tag_resolver_stats *ret)
{
    uint64_t below = 0;

    *ret = (struct tag_resolver_stats){.cache_hits = get(&counters->cache_hits),
                                       .cache_misses = get(&counters->cache_misses),
                                       .coalesced = get(&counters->coalesced),
                                       .shed = get(&counters->shed),
                                       .in_flight = get(&counters->in_flight)};
    for (size_t i = 0; i < RESOLVER_BUCKET_COUNT; i++)
        ret->buckets[i] = below += get(&counters->buckets[i]);
    /* Read last and never below its buckets: the histogram must be monotonic. */
    ret->lookups = get(&counters->lookups);
    if (ret->lookups < below)
        ret->lookups = below;
    ret->seconds = (double)get(&counters->milliseconds) / 1000;
}
