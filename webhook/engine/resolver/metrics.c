/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver/metrics.h"

#include "edge/metrics/metrics.h"

void resolver_metrics_write(struct tag_resolver *resolver, uint64_t loop_hits, struct text *out)
{
    struct tag_resolver_stats stats;
    uint64_t cumulative[RESOLVER_BUCKET_COUNT + 1];

    tag_resolver_stats(resolver, &stats);
    for (size_t i = 0; i < RESOLVER_BUCKET_COUNT; i++)
        cumulative[i] = stats.buckets[i];
    cumulative[RESOLVER_BUCKET_COUNT] = stats.lookups;
    metrics_histogram(out, "weir_resolution_duration_seconds", "Time that look-ups at registries took.",
                      &(struct metrics_distribution){resolver_counters_bounds, RESOLVER_BUCKET_COUNT,
                                                     cumulative, stats.seconds});
    metrics_counter(out, "weir_answer_cache_hits_total",
                    "Questions answered from a cache, a server loop's or the resolver's.",
                    stats.cache_hits + loop_hits);
    metrics_counter(out, "weir_answer_cache_misses_total", "Questions that no cache could answer.",
                    stats.cache_misses);
    metrics_counter(out, "weir_lookups_coalesced_total", "Questions that joined a look-up in flight.",
                    stats.coalesced);
    metrics_counter(out, "weir_lookups_shed_total", "Questions refused because too many were in flight.",
                    stats.shed);
    metrics_gauge(out, "weir_lookups_in_flight", "Look-ups at registries now.", (double)stats.in_flight);
}
