/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_COUNTERS_H
#define WEIR_EDGE_REGISTRY_COUNTERS_H

#include "edge/http_exchange.h"
#include "edge/tag_resolver.h"

#include <stdatomic.h>

/*
 * The resolver's statistics. Written by the outbound thread, read by any. Only
 * hosts that were named beforehand have a row of their own, so that nobody who
 * writes an image reference can make a new one.
 */
struct registry_counters {
    const char *const *hosts;
    size_t host_count;
    atomic_uint_fast64_t requests[RESOLVER_METRIC_HOSTS_MAX + 1][REGISTRY_CODE_COUNT];
    atomic_uint_fast64_t cache_hits;
    atomic_uint_fast64_t cache_misses;
    atomic_uint_fast64_t coalesced;
    atomic_uint_fast64_t shed;
    atomic_uint_fast64_t in_flight;
    atomic_uint_fast64_t lookups;
    atomic_uint_fast64_t milliseconds;
    atomic_uint_fast64_t buckets[RESOLVER_BUCKET_COUNT]; /* not cumulative */
};

void registry_counters_request(struct registry_counters *counters, struct str host,
                               const struct http_answer *answer);
void registry_counters_lookup(struct registry_counters *counters, int64_t duration_ms);
void registry_counters_read(const struct registry_counters *counters, struct tag_resolver_stats *ret);

#endif
