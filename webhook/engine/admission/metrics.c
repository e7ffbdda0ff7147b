/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/metrics.h"

#include "base/memory.h"
#include "core/admission/review.h"
#include "edge/metrics/metrics.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64, SAMPLES_OF_KIND = OPERATION_COUNT * RESULT_COUNT };

struct admission_metrics {
    size_t loop_count;
    struct admission_counters **loops;
    const struct workload_table *table;
    struct str *kinds; /* label values; the last one is "other" */
    size_t *kind_of;   /* by index in the table: kinds of several groups share a label */
    size_t kind_count;
};

static const char *const operation_names[OPERATION_COUNT] = {
    [OPERATION_OTHER] = "OTHER", [OPERATION_CREATE] = "CREATE", [OPERATION_UPDATE] = "UPDATE"};

static const char *const result_names[RESULT_COUNT] = {[RESULT_UNCHANGED] = "unchanged",
                                                       [RESULT_CHANGED] = "changed",
                                                       [RESULT_DENIED] = "denied",
                                                       [RESULT_INVALID] = "invalid",
                                                       [RESULT_OVERLOADED] = "overloaded",
                                                       [RESULT_UNAVAILABLE] = "unavailable",
                                                       [RESULT_GONE] = "gone"};

static const double bounds[ADMISSION_BUCKET_COUNT] = {0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005,
                                                      0.001,   0.0025,   0.005,   0.01,   0.05,    0.1,
                                                      0.5,     1,        2.5,     10,     30};

/* Loops' counters are apart in memory, so that loops do not write to each other's cache lines. */
static struct admission_counters *new_counters(size_t kind_count)
{
    size_t rest = kind_count * SAMPLES_OF_KIND * sizeof(counter);
    size_t head = (sizeof(struct admission_counters) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    size_t size = (head + rest + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    struct admission_counters *counters = aligned_alloc(CACHE_LINE, size);

    if (!counters)
        abort();
    memset(counters, 0, size);
    counters->admissions = (counter *)((char *)counters + head);
    return counters;
}

/* The table is sorted by kind: equal ones are neighbours. */
static void name_kinds(struct admission_metrics *metrics)
{
    const struct workload_table *table = metrics->table;

    metrics->kinds = memory_zeroed(table->count + 1, sizeof *metrics->kinds);
    metrics->kind_of = memory_zeroed(table->count, sizeof *metrics->kind_of);
    for (size_t i = 0; i < table->count; i++) {
        if (i == 0 || !str_equal(table->kinds[i].kind, table->kinds[i - 1].kind))
            metrics->kinds[metrics->kind_count++] = table->kinds[i].kind;
        metrics->kind_of[i] = metrics->kind_count - 1;
    }
    metrics->kinds[metrics->kind_count++] = STR("other");
}

struct admission_metrics *admission_metrics_new(size_t loops, const struct workload_table *table)
{
    struct admission_metrics *metrics = memory_zeroed(1, sizeof *metrics);

    metrics->table = table;
    name_kinds(metrics);
    metrics->loop_count = loops;
    metrics->loops = memory_zeroed(loops, sizeof(struct admission_counters *));
    for (size_t i = 0; i < loops; i++)
        metrics->loops[i] = new_counters(metrics->kind_count);
    return metrics;
}

void admission_metrics_free(struct admission_metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < metrics->loop_count; i++)
        free(metrics->loops[i]);
    free(metrics->loops);
    free(metrics->kinds);
    free(metrics->kind_of);
    free(metrics);
}

struct admission_counters *admission_metrics_of_loop(struct admission_metrics *metrics, size_t index)
{
    assert(index < metrics->loop_count);
    return metrics->loops[index];
}

static size_t bucket_of(int64_t took_ns)
{
    double seconds = (double)took_ns / 1e9;
    size_t i = 0;

    while (i < ADMISSION_BUCKET_COUNT && seconds > bounds[i])
        i++;
    return i;
}

void admission_metrics_count(struct admission_metrics *metrics, struct admission_counters *counters,
                             const struct admission_end *end)
{
    size_t kind =
        end->workload ? metrics->kind_of[end->workload - metrics->table->kinds] : metrics->kind_count - 1;
    size_t operation = (size_t)end->operation;

    assert(operation < OPERATION_COUNT && end->result < RESULT_COUNT);
    counter_add(&counters->admissions[(kind * OPERATION_COUNT + operation) * RESULT_COUNT + end->result], 1);
    counter_add(&counters->duration_buckets[bucket_of(end->took_ns)], 1);
    counter_add(&counters->duration_ns, (uint64_t)end->took_ns);
}

/* The sum over the loops of the counter that stands `offset` bytes into each. */
static uint64_t sum_of(const struct admission_metrics *metrics, size_t offset)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < metrics->loop_count; i++)
        sum += counter_read((counter *)((char *)metrics->loops[i] + offset));
    return sum;
}

#define SUM(member) sum_of(metrics, offsetof(struct admission_counters, member))

uint64_t admission_metrics_answer_hits(const struct admission_metrics *metrics)
{
    return SUM(answer_hits);
}

static uint64_t admissions_of(const struct admission_metrics *metrics, size_t index)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < metrics->loop_count; i++)
        sum += counter_read(&metrics->loops[i]->admissions[index]);
    return sum;
}

static void write_admissions(const struct admission_metrics *metrics, struct text *out)
{
    metrics_family(out, "weir_admissions_total", "counter",
                   "Admission requests answered, by kind, operation and outcome.");
    for (size_t i = 0; i < metrics->kind_count * SAMPLES_OF_KIND; i++) {
        uint64_t value = admissions_of(metrics, i);
        if (value == 0)
            continue; /* hundreds of samples would say nothing */
        text_add_c(out, "weir_admissions_total{kind=\"");
        metrics_label(out, metrics->kinds[i / SAMPLES_OF_KIND]);
        text_addf(out, "\",operation=\"%s\",outcome=\"%s\"} %llu\n",
                  operation_names[i / RESULT_COUNT % OPERATION_COUNT], result_names[i % RESULT_COUNT],
                  (unsigned long long)value);
    }
}

static void write_durations(const struct admission_metrics *metrics, struct text *out)
{
    uint64_t cumulative[ADMISSION_BUCKET_COUNT + 1];
    uint64_t sum = 0;

    for (size_t i = 0; i <= ADMISSION_BUCKET_COUNT; i++) {
        sum += sum_of(metrics, offsetof(struct admission_counters, duration_buckets) + i * sizeof(counter));
        cumulative[i] = sum;
    }
    metrics_histogram(out, "weir_admission_duration_seconds",
                      "Time from an admission request's last byte to its answer.",
                      &(struct metrics_distribution){bounds, ADMISSION_BUCKET_COUNT, cumulative,
                                                     (double)SUM(duration_ns) / 1e9});
}

void admission_metrics_write(void *ctx, struct text *out)
{
    const struct admission_metrics *metrics = ctx;

    write_admissions(metrics, out);
    write_durations(metrics, out);
}
