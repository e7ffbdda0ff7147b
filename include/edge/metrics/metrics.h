/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_METRICS_METRICS_H
#define WEIR_EDGE_METRICS_METRICS_H

#include "base/text.h"
#include "core/workload/paths.h"
#include "edge/metrics/text.h"

#include <stdatomic.h>

/*
 * What the webhook counts. Each server loop has a block that only it writes,
 * without a locked instruction; a scrape reads all blocks and adds. Label
 * values come from tables of ours, never from a request.
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

/* One writer; read by any thread. */
typedef atomic_uint_fast64_t counter;

static inline void counter_add(counter *counter_, uint64_t n)
{
    atomic_store_explicit(counter_, atomic_load_explicit(counter_, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

struct metrics_block {
    counter *admissions; /* [kind][operation][result] */
    counter duration_buckets[ADMISSION_BUCKET_COUNT + 1];
    counter duration_ns;
    counter answer_hits;   /* questions answered by the loop's own cache */
    counter answer_misses; /* questions handed to the resolver */
    counter connections_opened;
    counter connections_closed;
    counter handshakes_failed;
    counter requests_cut; /* by the watchdog */
    counter reads_held;   /* by the read budget */
};

struct metrics;

/* `blocks` of them, zeroed; kinds from `table`, whose texts are borrowed. NULL: nothing is admitted here. */
struct metrics *metrics_new(size_t blocks, const struct workload_table *table);
void metrics_free(struct metrics *metrics);

struct metrics_block *metrics_block(struct metrics *metrics, size_t index);

/* The owner of `block` calls it once an admission; `workload` NULL is kind "other". */
void metrics_admission(struct metrics *metrics, struct metrics_block *block,
                       const struct workload_kind *workload, int operation, enum admission_result result,
                       int64_t took_ns);

/* Questions that the loops' own caches answered. Any thread. */
uint64_t metrics_answer_hits(const struct metrics *metrics);

/* Another source of families, called at each scrape, from one thread at a time. Before the first scrape. */
typedef void metrics_collect(void *ctx, struct text *out);
void metrics_add_source(struct metrics *metrics, metrics_collect *collect, void *ctx);

/* The whole exposition. */
void metrics_write(struct metrics *metrics, struct text *out);

#endif
