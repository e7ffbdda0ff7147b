/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/review.h"
#include "edge/metrics/metrics.h"
#include "test.h"

static const struct workload_kind kinds[] = {
    {.kind = STR_INIT("Deployment"), .group = STR_INIT("apps")},
    {.kind = STR_INIT("Service"), .group = STR_INIT("a.example")},
    {.kind = STR_INIT("Service"), .group = STR_INIT("b.example")},
};
static const struct workload_table table = {kinds, ARRAY_LEN(kinds)};

static struct str written(struct metrics *metrics, struct arena *arena, struct text *text)
{
    arena_init(arena);
    text_init(text, arena, METRICS_TEXT_MAX);
    metrics_write(metrics, text);
    return text_str(text);
}

#define CHECK_HAS(all, line) CHECK_ROW(str_contains((all), STR(line "\n")), "%s", line)

TEST(a_scrape_adds_the_blocks_of_all_threads)
{
    struct metrics *metrics = metrics_new(2, &table);
    struct arena arena;
    struct text text;

    for (size_t i = 0; i < 2; i++)
        metrics_admission(metrics, metrics_block(metrics, i), &kinds[0], OPERATION_CREATE, RESULT_CHANGED,
                          20000);
    metrics_admission(metrics, metrics_block(metrics, 1), &kinds[0], OPERATION_UPDATE, RESULT_DENIED,
                      40000000000);
    struct str all = written(metrics, &arena, &text);
    CHECK_HAS(all, "weir_admissions_total{kind=\"Deployment\",operation=\"CREATE\",outcome=\"changed\"} 2");
    CHECK_HAS(all, "weir_admissions_total{kind=\"Deployment\",operation=\"UPDATE\",outcome=\"denied\"} 1");
    CHECK_HAS(all, "weir_admission_duration_seconds_bucket{le=\"1e-05\"} 0");
    CHECK_HAS(all, "weir_admission_duration_seconds_bucket{le=\"2.5e-05\"} 2");
    CHECK_HAS(all, "weir_admission_duration_seconds_bucket{le=\"30\"} 2");
    CHECK_HAS(all, "weir_admission_duration_seconds_bucket{le=\"+Inf\"} 3");
    CHECK_HAS(all, "weir_admission_duration_seconds_count 3");
    CHECK_HAS(all, "weir_admission_duration_seconds_sum 40.00004");
    arena_release(&arena);
    metrics_free(metrics);
}

TEST(kinds_of_two_groups_share_a_label_and_strangers_are_other)
{
    struct metrics *metrics = metrics_new(1, &table);
    struct arena arena;
    struct text text;

    metrics_admission(metrics, metrics_block(metrics, 0), &kinds[1], OPERATION_CREATE, RESULT_UNCHANGED, 1);
    metrics_admission(metrics, metrics_block(metrics, 0), &kinds[2], OPERATION_CREATE, RESULT_UNCHANGED, 1);
    metrics_admission(metrics, metrics_block(metrics, 0), NULL, OPERATION_OTHER, RESULT_INVALID, 1);
    struct str all = written(metrics, &arena, &text);
    CHECK_HAS(all, "weir_admissions_total{kind=\"Service\",operation=\"CREATE\",outcome=\"unchanged\"} 2");
    CHECK_HAS(all, "weir_admissions_total{kind=\"other\",operation=\"OTHER\",outcome=\"invalid\"} 1");
    arena_release(&arena);
    metrics_free(metrics);
}

static void write_source(void *ctx, struct text *out)
{
    metrics_counter(out, "weir_source_total", "A source.", *(const uint64_t *)ctx);
}

TEST(other_sources_are_asked_at_each_scrape)
{
    struct metrics *metrics = metrics_new(1, &table);
    struct arena arena;
    struct text text;
    uint64_t value = 7;

    metrics_add_source(metrics, write_source, &value);
    CHECK_HAS(written(metrics, &arena, &text), "weir_source_total 7");
    arena_release(&arena);
    value = 8;
    CHECK_HAS(written(metrics, &arena, &text), "# TYPE weir_source_total counter\nweir_source_total 8");
    arena_release(&arena);
    metrics_free(metrics);
}

TEST(label_values_are_escaped)
{
    struct arena arena;
    struct text text;

    arena_init(&arena);
    text_init(&text, &arena, 1000);
    metrics_label(&text, STR("a\"b\\c\nd"));
    CHECK_STR(text_str(&text), STR("a\\\"b\\\\c\\nd"));
    arena_release(&arena);
}

TEST_MAIN()
