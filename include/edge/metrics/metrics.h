/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_METRICS_METRICS_H
#define WEIR_EDGE_METRICS_METRICS_H

#include "base/text.h"

/*
 * What GET /metrics answers: the families of every source, in the Prometheus
 * text format. Each part of a program counts for itself and writes its own
 * families; label values come from tables of ours, never from a request.
 */
struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* Called at each scrape, from one thread at a time. */
typedef void metrics_collect(void *ctx, struct text *out);
/* Before the first scrape. */
void metrics_add_source(struct metrics *metrics, metrics_collect *collect, void *ctx);

/* The whole exposition. */
void metrics_write(struct metrics *metrics, struct text *out);

/* The Prometheus text format (exposition formats, version 0.0.4). */
enum { METRICS_TEXT_MAX = 4 << 20 };
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* "# HELP" and "# TYPE"; `type` is "counter", "gauge" or "histogram". */
void metrics_family(struct text *out, const char *name, const char *type, const char *help);
/* name{labels} value; `labels` as written, or NULL. */
void metrics_sample(struct text *out, const char *name, const char *labels, uint64_t value);
void metrics_sample_real(struct text *out, const char *name, const char *labels, double value);
/* Family and only sample in one. */
void metrics_counter(struct text *out, const char *name, const char *help, uint64_t value);
void metrics_gauge(struct text *out, const char *name, const char *help, double value);
/* What was observed of one quantity; both arrays are borrowed. */
struct metrics_distribution {
    const double *bounds; /* upper ones of the buckets, ascending, in the unit of `sum` */
    size_t bound_count;
    const uint64_t *cumulative; /* up to each bound, and one element more: of all */
    double sum;
};

/* _bucket, _sum and _count. */
void metrics_histogram(struct text *out, const char *name, const char *help,
                       const struct metrics_distribution *distribution);

/* A label's value: backslash, quote and newline escaped. */
void metrics_label(struct text *out, struct str value);

#endif
