/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/metrics/metrics.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

enum { SOURCES_MAX = 8 };

struct source {
    metrics_collect *collect;
    void *ctx;
};

struct metrics {
    struct source sources[SOURCES_MAX];
    size_t source_count;
};

struct metrics *metrics_new(void)
{
    struct metrics *metrics = memory_zeroed(1, sizeof *metrics);

    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

void metrics_add_source(struct metrics *metrics, metrics_collect *collect, void *ctx)
{
    assert(metrics->source_count < SOURCES_MAX);
    metrics->sources[metrics->source_count++] = (struct source){collect, ctx};
}

void metrics_write(struct metrics *metrics, struct text *out)
{
    metrics_family(out, "weir_build_info", "gauge", "A constant 1, labelled with the version.");
    metrics_sample(out, "weir_build_info", "version=\"" WEIR_VERSION "\"", 1);
    for (size_t i = 0; i < metrics->source_count; i++)
        metrics->sources[i].collect(metrics->sources[i].ctx, out);
}

void metrics_family(struct text *out, const char *name, const char *type, const char *help)
{
    text_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_name(struct text *out, const char *name, const char *labels)
{
    text_add_c(out, name);
    if (labels) {
        text_add_char(out, '{');
        text_add_c(out, labels);
        text_add_char(out, '}');
    }
    text_add_char(out, ' ');
}

void metrics_sample(struct text *out, const char *name, const char *labels, uint64_t value)
{
    add_name(out, name, labels);
    text_add_uint(out, value);
    text_add_char(out, '\n');
}

void metrics_sample_real(struct text *out, const char *name, const char *labels, double value)
{
    add_name(out, name, labels);
    text_addf(out, "%.15g\n", value);
}

void metrics_counter(struct text *out, const char *name, const char *help, uint64_t value)
{
    metrics_family(out, name, "counter", help);
    metrics_sample(out, name, NULL, value);
}

void metrics_gauge(struct text *out, const char *name, const char *help, double value)
{
    metrics_family(out, name, "gauge", help);
    metrics_sample_real(out, name, NULL, value);
}

void metrics_histogram(struct text *out, const char *name, const char *help,
                       const struct metrics_distribution *distribution)
{
    unsigned long long count = distribution->cumulative[distribution->bound_count];

    metrics_family(out, name, "histogram", help);
    for (size_t i = 0; i < distribution->bound_count; i++)
        text_addf(out, "%s_bucket{le=\"%.15g\"} %llu\n", name, distribution->bounds[i],
                  (unsigned long long)distribution->cumulative[i]);
    text_addf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.15g\n%s_count %llu\n", name, count, name,
              distribution->sum, name, count);
}

void metrics_label(struct text *out, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\n') {
            text_add_c(out, "\\n");
            continue;
        }
        if (value.ptr[i] == '"' || value.ptr[i] == '\\')
            text_add_char(out, '\\');
        text_add_char(out, value.ptr[i]);
    }
}
