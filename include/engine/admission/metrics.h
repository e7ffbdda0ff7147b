/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_METRICS_H
#define WEIR_ENGINE_ADMISSION_METRICS_H

#include "base/text.h"
#include "core/workload/paths.h"
#include "edge/metrics/counter.h"

/*
 * What the webhook counts of admissions. Each server loop has a block that only
 * it writes; a scrape reads all blocks and adds.
 */
enum admission_result {
    RESULT_UNCHANGED,
    RESULT_CHANGED,
    RESULT_DENIED,
    RESULT_INVALID,     /* HTTP 4xx: not a review */
    RESULT_OVERLOADED,  /* HTTP 429 */
    RESULT_UNAVAILABLE, /* HTTP 503 */
    RESULT_GONE,        /* the client left before the answer */
    RESULT_COUNT,
};

enum { OPERATION_COUNT = 3, ADMISSION_BUCKET_COUNT = 17 };

struct admission_counters {
    counter *admissions; /* [kind][operation][result] */
    counter duration_buckets[ADMISSION_BUCKET_COUNT + 1];
    counter duration_ns;
    counter answer_hits;   /* questions answered by the loop's own cache */
    counter answer_misses; /* questions handed to the resolver */
};

struct admission_metrics;

/* With counters for `loops` loops; kinds from `table`, whose texts are borrowed. */
struct admission_metrics *admission_metrics_new(size_t loops, const struct workload_table *table);
void admission_metrics_free(struct admission_metrics *metrics);

struct admission_counters *admission_metrics_of_loop(struct admission_metrics *metrics, size_t index);

/* One admission that ended. */
struct admission_end {
    const struct workload_kind *workload; /* NULL: kind "other" */
    int operation;
    enum admission_result result;
    int64_t took_ns;
};

/* By the loop that owns `counters`. */
void admission_metrics_count(struct admission_metrics *metrics, struct admission_counters *counters,
                             const struct admission_end *end);

/* Questions that the loops' own caches answered. Any thread. */
uint64_t admission_metrics_answer_hits(const struct admission_metrics *metrics);

/* A source of struct metrics; `ctx` is the admission_metrics. */
void admission_metrics_write(void *ctx, struct text *out);

#endif
