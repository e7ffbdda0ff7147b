/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/metrics/metrics.h"
#include "test.h"

static struct str written(struct metrics *metrics, struct arena *arena, struct text *text)
{
    arena_init(arena);
    text_init(text, arena, METRICS_TEXT_MAX);
    metrics_write(metrics, text);
    return text_str(text);
}

#define CHECK_HAS(all, line) CHECK_ROW(str_contains((all), STR(line "\n")), "%s", line)

static void write_source(void *ctx, struct text *out)
{
    metrics_counter(out, "weir_source_total", "A source.", *(const uint64_t *)ctx);
}

TEST(other_sources_are_asked_at_each_scrape)
{
    struct metrics *metrics = metrics_new();
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
