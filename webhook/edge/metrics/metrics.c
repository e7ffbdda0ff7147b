/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/metrics/metrics.h"

#include "core/admission/review.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCES_MAX = 8, CACHE_LINE = 64, SAMPLES_OF_KIND = OPERATION_COUNT * RESULT_COUNT };

struct source {
    metrics_collect *collect;
    void *ctx;
};

struct metrics {
    size_t block_count;
    struct metrics_block **blocks;
    const struct workload_table *table;
    struct str *kinds; /* label values; the last one is "other" */
    size_t *kind_of;   /* by index in the table: kinds of several groups share a label */
    size_t kind_count;
    struct source sources[SOURCES_MAX];
    size_t source_count;
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

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);

    if (!memory)
        abort();
    return memory;
}

/* Blocks are apart in memory, so that loops do not write to each other's cache lines. */
static struct metrics_block *new_block(size_t kind_count)
{
    size_t counters = kind_count * SAMPLES_OF_KIND * sizeof(counter);
    size_t head = (sizeof(struct metrics_block) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    size_t size = (head + counters + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    struct metrics_block *block = aligned_alloc(CACHE_LINE, size);

    if (!block)
        abort();
    memset(block, 0, size);
    block->admissions = (counter *)((char *)block + head);
    return block;
}

/* The table is sorted by kind: equal ones are neighbours. */
static void name_kinds(struct metrics *metrics)
{
    const struct workload_table *table = metrics->table;

    metrics->kinds = zeroed(table->count + 1, sizeof *metrics->kinds);
    metrics->kind_of = zeroed(table->count, sizeof *metrics->kind_of);
    for (size_t i = 0; i < table->count; i++) {
        if (i == 0 || !str_equal(table->kinds[i].kind, table->kinds[i - 1].kind))
            metrics->kinds[metrics->kind_count++] = table->kinds[i].kind;
        metrics->kind_of[i] = metrics->kind_count - 1;
    }
    metrics->kinds[metrics->kind_count++] = STR("other");
}

struct metrics *metrics_new(size_t blocks, const struct workload_table *table)
{
    struct metrics *metrics = zeroed(1, sizeof *metrics);

    metrics->table = table;
    if (table)
        name_kinds(metrics);
    metrics->block_count = blocks;
    metrics->blocks = zeroed(blocks, sizeof(struct metrics_block *));
    for (size_t i = 0; i < blocks; i++)
        metrics->blocks[i] = new_block(metrics->kind_count);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < metrics->block_count; i++)
        free(metrics->blocks[i]);
    free(metrics->blocks);
    free(metrics->kinds);
    free(metrics->kind_of);
    free(metrics);
}

struct metrics_block *metrics_block(struct metrics *metrics, size_t index)
{
    assert(index < metrics->block_count);
    return metrics->blocks[index];
}

static size_t bucket_of(int64_t took_ns)
{
    double seconds = (double)took_ns / 1e9;
    size_t i = 0;

    while (i < ADMISSION_BUCKET_COUNT && seconds > bounds[i])
        i++;
    return i;
}

void metrics_admission(struct metrics *metrics, struct metrics_block *block,
                       const struct workload_kind *workload, int operation, enum admission_result result,
                       int64_t took_ns)
{
    size_t kind = metrics->kind_count - 1;

    assert(operation >= 0 && operation < OPERATION_COUNT && result < RESULT_COUNT);
    if (workload)
        kind = metrics->kind_of[workload - metrics->table->kinds];
    counter_add(&block->admissions[(kind * OPERATION_COUNT + (size_t)operation) * RESULT_COUNT + result], 1);
    counter_add(&block->duration_buckets[bucket_of(took_ns)], 1);
    counter_add(&block->duration_ns, (uint64_t)took_ns);
}

void metrics_add_source(struct metrics *metrics, metrics_collect *collect, void *ctx)
{
    assert(metrics->source_count < SOURCES_MAX);
    metrics->sources[metrics->source_count++] = (struct source){collect, ctx};
}

/* The sum over the blocks of the counter that stands `offset` bytes into each. */
static uint64_t sum_of(const struct metrics *metrics, size_t offset)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < metrics->block_count; i++)
        sum += atomic_load_explicit((counter *)((char *)metrics->blocks[i] + offset), memory_order_relaxed);
    return sum;
}

#define SUM(member) sum_of(metrics, offsetof(struct metrics_block, member))

uint64_t metrics_answer_hits(const struct metrics *metrics)
{
    return SUM(answer_hits);
}

static uint64_t admissions_of(const struct metrics *metrics, size_t index)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < metrics->block_count; i++)
        sum += atomic_load_explicit(&metrics->blocks[i]->admissions[index], memory_order_relaxed);
    return sum;
}

static void write_admissions(const struct metrics *metrics, struct text *out)
{
    metrics_family(out, "weir_admissions_total", "counter",
                   "Admission requests answered, by kind, operation and outcome.");
    for (size_t i = 0; i < metrics->kind_count * SAMPLES_OF_KIND; i++) {
        uint64_t value = admissions_of(metrics, i);
        if (value == 0)
            continue; /* a hundred rows of nothing help nobody */
        text_add_c(out, "weir_admissions_total{kind=\"");
        metrics_label(out, metrics->kinds[i / SAMPLES_OF_KIND]);
        text_addf(out, "\",operation=\"%s\",outcome=\"%s\"} %llu\n",
                  operation_names[i / RESULT_COUNT % OPERATION_COUNT], result_names[i % RESULT_COUNT],
                  (unsigned long long)value);
    }
}

static void write_durations(const struct metrics *metrics, struct text *out)
{
    uint64_t cumulative[ADMISSION_BUCKET_COUNT + 1];
    uint64_t sum = 0;

    for (size_t i = 0; i <= ADMISSION_BUCKET_COUNT; i++) {
        sum += sum_of(metrics, offsetof(struct metrics_block, duration_buckets) + i * sizeof(counter));
        cumulative[i] = sum;
    }
    metrics_histogram(out, "weir_admission_duration_seconds",
                      "Time from an admission request's last byte to its answer.", bounds, cumulative,
                      ADMISSION_BUCKET_COUNT, (double)SUM(duration_ns) / 1e9);
}

static void write_connections(const struct metrics *metrics, struct text *out)
{
    uint64_t closed = SUM(connections_closed); /* read first: never more than were opened */
    uint64_t opened = SUM(connections_opened);

    metrics_gauge(out, "weir_connections", "Open connections of the admission listener.",
                  (double)(opened > closed ? opened - closed : 0));
    metrics_counter(out, "weir_tls_handshakes_failed_total",
                    "Connections that ended before their TLS handshake had.", SUM(handshakes_failed));
    metrics_counter(out, "weir_requests_cut_total",
                    "Requests cut because their body or the reading of their answer took too long.",
                    SUM(requests_cut));
    metrics_counter(out, "weir_reads_held_total",
                    "Times that a large request waited unread, for want of memory.", SUM(reads_held));
}

void metrics_write(struct metrics *metrics, struct text *out)
{
    metrics_family(out, "weir_build_info", "gauge", "A constant 1, labelled with the version.");
    metrics_sample(out, "weir_build_info", "version=\"" WEIR_VERSION "\"", 1);
    if (metrics->table) {
        write_admissions(metrics, out);
        write_durations(metrics, out);
        write_connections(metrics, out);
    }
    for (size_t i = 0; i < metrics->source_count; i++)
        metrics->sources[i].collect(metrics->sources[i].ctx, out);
}
