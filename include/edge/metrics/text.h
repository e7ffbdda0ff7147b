/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_METRICS_TEXT_H
#define WEIR_EDGE_METRICS_TEXT_H

#include "base/text.h"

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
/* _bucket, _sum and _count; `cumulative` has one more element than `bounds`: +Inf. */
void metrics_histogram(struct text *out, const char *name, const char *help, const double *bounds,
                       const uint64_t *cumulative, size_t bound_count, double sum);

/* A label's value: backslash, quote and newline escaped. */
void metrics_label(struct text *out, struct str value);

#endif
