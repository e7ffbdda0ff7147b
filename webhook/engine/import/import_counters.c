/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/import_counters.h"

#include "edge/metrics/metrics.h"

static const double bounds[IMPORT_BUCKETS] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

static const char *const outcomes[CHECK_OUTCOMES] = {
    [CHECK_UNCHANGED] = "result=\"unchanged\"",
    [CHECK_MOVED] = "result=\"moved\"",
    [CHECK_FAILED] = "result=\"failed\"",
    [CHECK_NOT_ASKED] = "result=\"not_asked\"",
};

void import_counters_duration(struct import_durations *durations, int64_t milliseconds)
{
    size_t bucket = 0;

    while (bucket < IMPORT_BUCKETS && (double)milliseconds > bounds[bucket] * 1000)
        bucket++;
    atomic_fetch_add(&durations->buckets[bucket], 1);
    atomic_fetch_add(&durations->milliseconds, (uint_fast64_t)(milliseconds > 0 ? milliseconds : 0));
}

static void write_durations(const struct import_durations *durations, const char *name, const char *help,
                            struct text *out)
{
    uint64_t cumulative[IMPORT_BUCKETS + 1];
    uint64_t sum = 0;

    for (size_t i = 0; i <= IMPORT_BUCKETS; i++) {
        sum += atomic_load(&durations->buckets[i]);
        cumulative[i] = sum;
    }
    metrics_histogram(
        out, name, help,
        &(struct metrics_distribution){.bounds = bounds,
                                       .bound_count = IMPORT_BUCKETS,
                                       .cumulative = cumulative,
                                       .sum = (double)atomic_load(&durations->milliseconds) / 1000});
}

void import_counters_write(const struct import_counters *counters, int64_t now_ms, struct text *out)
{
    int64_t oldest = atomic_load(&counters->oldest_ms);

    metrics_gauge(out, "weir_import_streams", "Image streams that are followed.",
                  (double)atomic_load(&counters->streams));
    metrics_gauge(out, "weir_import_queue", "Checks that wait for their turn.",
                  (double)atomic_load(&counters->waiting));
    metrics_gauge(out, "weir_import_queue_age_seconds", "How long the oldest of them waits.",
                  oldest > 0 ? (double)(now_ms - oldest) / 1000 : 0);
    metrics_gauge(out, "weir_import_running", "Checks that are under way.",
                  (double)atomic_load(&counters->running));
    metrics_family(out, "weir_import_checks_total", "counter", "Checks of tags, by what came of them.");
    for (size_t i = 0; i < CHECK_OUTCOMES; i++)
        metrics_sample(out, "weir_import_checks_total", outcomes[i], atomic_load(&counters->checks[i]));
    write_durations(&counters->took, "weir_import_check_seconds", "How long a check took.", out);
    write_durations(&counters->late, "weir_import_late_seconds", "How long after it was due a check began.",
                    out);
    metrics_counter(out, "weir_import_images_total", "Images that were written.",
                    atomic_load(&counters->images));
    metrics_counter(out, "weir_import_status_writes_total", "Streams whose status was written.",
                    atomic_load(&counters->writes));
    metrics_counter(out, "weir_import_conflicts_total",
                    "Writes of a status that another writer was ahead of.",
                    atomic_load(&counters->conflicts));
    metrics_counter(out, "weir_import_write_failures_total", "Writes of a status that failed otherwise.",
                    atomic_load(&counters->write_failures));
}
