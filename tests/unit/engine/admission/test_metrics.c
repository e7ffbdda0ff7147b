/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/metrics.h"

#include "core/admission/review.h"
#include "edge/metrics/metrics.h"
#include "test.h"

static const struct workload_kind kinds[] = {
    {.kind = STR_INIT("Deployment"), .group = STR_INIT("apps")},
    {.kind = STR_INIT("Service"), .group = STR_INIT("a.example")},
    {.kind = STR_INIT("Service"), .group = STR_INIT("b.example")},
};
static const struct workload_table table = {kinds, ARRAY_LEN(kinds)};

static struct str written(struct admission_metrics *metrics, struct arena *arena, struct text *text)
{
    arena_init(arena);
    text_init(text, arena, METRICS_TEXT_MAX);
    admission_metrics_write(metrics, text);
    return text_str(text);
}

#define CHECK_HAS(all, line) CHECK_ROW(str_contains((all), STR(line "\n")), "%s", line)

TEST(a_scrape_adds_the_blocks_of_all_threads)
{
    struct admission_metrics *metrics = admission_metrics_new(2, &table);
    struct arena arena;
    struct text text;

    for (size_t i = 0; i < 2; i++)
        admission_metrics_count(metrics, admission_metrics_of_loop(metrics, i),
                                &(struct admission_end){&kinds[0], OPERATION_CREATE, RESULT_CHANGED, 20000});
    admission_metrics_count(metrics, admission_metrics_of_loop(metrics, 1),
                            &(struct admission_end){&kinds[0], OPERATION_UPDATE, RESULT_DENIED, 40000000000});
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
    admission_metrics_free(metrics);
}

TEST(kinds_of_two_groups_share_a_label_and_strangers_are_other)
{
    struct admission_metrics *metrics = admission_metrics_new(1, &table);
    struct arena arena;
    struct text text;

    admission_metrics_count(metrics, admission_metrics_of_loop(metrics, 0),
                            &(struct admission_end){&kinds[1], OPERATION_CREATE, RESULT_UNCHANGED, 1});
    admission_metrics_count(metrics, admission_metrics_of_loop(metrics, 0),
                            &(struct admission_end){&kinds[2], OPERATION_CREATE, RESULT_UNCHANGED, 1});
    admission_metrics_count(metrics, admission_metrics_of_loop(metrics, 0),
                            &(struct admission_end){NULL, OPERATION_OTHER, RESULT_INVALID, 1});
    struct str all = written(metrics, &arena, &text);
    CHECK_HAS(all, "weir_admissions_total{kind=\"Service\",operation=\"CREATE\",outcome=\"unchanged\"} 2");
    CHECK_HAS(all, "weir_admissions_total{kind=\"other\",operation=\"OTHER\",outcome=\"invalid\"} 1");
    arena_release(&arena);
    admission_metrics_free(metrics);
}

TEST_MAIN()
