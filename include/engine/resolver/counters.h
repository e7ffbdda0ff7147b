/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_RESOLVER_COUNTERS_H
#define WEIR_ENGINE_RESOLVER_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

enum { RESOLVER_BUCKET_COUNT = 11 };
/* Upper bounds of the duration histogram, seconds; the bucket +Inf is `lookups`. */
extern const double resolver_counters_bounds[RESOLVER_BUCKET_COUNT];

struct tag_resolver_stats {
    uint64_t cache_hits;                     /* questions answered from the resolver's cache */
    uint64_t cache_misses;                   /* questions that were not */
    uint64_t coalesced;                      /* misses that joined a look-up in flight */
    uint64_t shed;                           /* misses refused for questions_max */
    uint64_t in_flight;                      /* look-ups now */
    uint64_t lookups;                        /* ended */
    uint64_t buckets[RESOLVER_BUCKET_COUNT]; /* of the ended, cumulative as Prometheus has them */
    double seconds;                          /* sum of their durations */
};

/* The resolver's questions and look-ups. Written by the outbound thread, read by any. */
struct resolver_counters {
    atomic_uint_fast64_t cache_hits;
    atomic_uint_fast64_t cache_misses;
    atomic_uint_fast64_t coalesced;
    atomic_uint_fast64_t shed;
    atomic_uint_fast64_t in_flight;
    atomic_uint_fast64_t lookups;
    atomic_uint_fast64_t milliseconds;
    atomic_uint_fast64_t buckets[RESOLVER_BUCKET_COUNT]; /* not cumulative */
};

void resolver_counters_lookup(struct resolver_counters *counters, int64_t duration_ms);
void resolver_counters_read(const struct resolver_counters *counters, struct tag_resolver_stats *ret);

#endif
