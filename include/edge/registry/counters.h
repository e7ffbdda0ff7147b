/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_COUNTERS_H
#define WEIR_EDGE_REGISTRY_COUNTERS_H

#include "edge/outbound/http_exchange.h"

#include <stdatomic.h>

/* What became of one HTTP request, token servers' and redirects' included. */
enum registry_code {
    REGISTRY_2XX,
    REGISTRY_3XX,
    REGISTRY_401,
    REGISTRY_403,
    REGISTRY_404,
    REGISTRY_429,
    REGISTRY_4XX,
    REGISTRY_5XX,
    REGISTRY_DNS,
    REGISTRY_CONNECT,
    REGISTRY_TLS,
    REGISTRY_TIMEOUT,
    REGISTRY_INVALID,
    REGISTRY_CODE_COUNT,
};
/* "2xx", …, "invalid": values of a label. */
extern const char *const registry_code_names[REGISTRY_CODE_COUNT];

enum {
    RESOLVER_METRIC_HOSTS_MAX = 64,
    RESOLVER_BUCKET_COUNT = 11,
};
/* Upper bounds of the duration histogram, seconds; the bucket +Inf is `lookups`. */
extern const double resolver_bucket_bounds[RESOLVER_BUCKET_COUNT];

struct registry_requests {
    struct str host; /* borrowed from the options, or "other" */
    uint64_t by_code[REGISTRY_CODE_COUNT];
};

struct tag_resolver_stats {
    struct registry_requests hosts[RESOLVER_METRIC_HOSTS_MAX + 1]; /* the last one is "other" */
    size_t host_count;
    uint64_t cache_hits;                     /* questions answered from the resolver's cache */
    uint64_t cache_misses;                   /* questions that were not */
    uint64_t coalesced;                      /* misses that joined a look-up in flight */
    uint64_t shed;                           /* misses refused for questions_max */
    uint64_t in_flight;                      /* look-ups now */
    uint64_t lookups;                        /* ended */
    uint64_t buckets[RESOLVER_BUCKET_COUNT]; /* of the ended, cumulative as Prometheus has them */
    double seconds;                          /* sum of their durations */
};

/*
 * The resolver's statistics. Written by the outbound thread, read by any. Only
 * hosts that were named beforehand have a row of their own, so that no
 * author of an image reference can make a new one.
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
