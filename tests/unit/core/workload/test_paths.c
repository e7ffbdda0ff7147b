/* SPDX-License-Identifier: Apache-2.0 */
#include "core/workload/paths.h"

#include "test.h"

struct lookup {
    struct str group, version, kind;
    bool found;
    struct str template_pointer;
};

TEST(finds_builtin_kinds_by_group_and_kind)
{
    static const struct lookup rows[] = {
        {STR_INIT(""), STR_INIT("v1"), STR_INIT("Pod"), true, STR_INIT("")},
        {STR_INIT(""), STR_INIT("v1"), STR_INIT("PodTemplate"), true, STR_INIT("/template")},
        {STR_INIT("apps"), STR_INIT("v1"), STR_INIT("Deployment"), true, STR_INIT("/spec/template")},
        {STR_INIT("extensions"), STR_INIT("v1beta1"), STR_INIT("Deployment"), true,
         STR_INIT("/spec/template")},
        {STR_INIT("batch"), STR_INIT("v1"), STR_INIT("CronJob"), true,
         STR_INIT("/spec/jobTemplate/spec/template")},
        {STR_INIT(""), STR_INIT("v1"), STR_INIT("Service"), false, STR_INIT("")},
        {STR_INIT("apps.example"), STR_INIT("v1"), STR_INIT("Deployment"), false, STR_INIT("")},
    };
    struct arena arena;
    struct workload_table table;
    struct error err;

    arena_init(&arena);
    CHECK(workload_paths_build(&arena, NULL, 0, &table, &err) == 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct workload_kind *kind =
            workload_paths_find(&table, rows[i].group, rows[i].version, rows[i].kind);

        CHECK_ROW((kind != NULL) == rows[i].found, STR_FMT, STR_ARG(rows[i].kind));
        if (kind)
            CHECK_STR(kind->template_pointer, rows[i].template_pointer);
    }
    arena_release(&arena);
}

TEST(the_one_template_of_a_row_carries_the_intent)
{
    static const struct {
        struct str pointers[3];
        size_t count;
        struct str template_pointer;
    } rows[] = {
        {{STR_INIT("/spec/template/spec")}, 1, STR_INIT("/spec/template")},
        {{STR_INIT("/spec/template/spec"), STR_INIT("/spec/strategy/customParams/image")},
         2,
         STR_INIT("/spec/template")},
        {{STR_INIT("/spec/a/image"), STR_INIT("/spec/template/spec"), STR_INIT("/spec/b/*/image")},
         3,
         STR_INIT("/spec/template")},
        {{STR_INIT("/spec/a/spec"), STR_INIT("/spec/b/spec")}, 2, STR_INIT("")},
        {{STR_INIT("/spec/a/spec"), STR_INIT("/spec/containers")}, 2, STR_INIT("")},
        {{STR_INIT("/spec/*/template/spec"), STR_INIT("/spec/image")}, 2, STR_INIT("")},
        {{STR_INIT("/spec")}, 1, STR_INIT("")},
        {{STR_INIT("/spec/image")}, 1, STR_INIT("")},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct workload_row row = {STR("x"), STR(""), STR("K"), rows[i].pointers, rows[i].count};
        struct workload_table table;
        struct error err;

        CHECK(workload_paths_build(&arena, &row, 1, &table, &err) == 0);
        CHECK_STR(workload_paths_find(&table, STR("x"), STR("v1"), STR("K"))->template_pointer,
                  rows[i].template_pointer);
    }
    arena_release(&arena);
}

TEST(prefers_a_row_of_the_version)
{
    static const struct str any[] = {STR_INIT("/spec/a")};
    static const struct str two[] = {STR_INIT("/spec/b")};
    static const struct workload_row rows[] = {
        {STR_INIT("x"), STR_INIT(""), STR_INIT("K"), any, 1},
        {STR_INIT("x"), STR_INIT("v2"), STR_INIT("K"), two, 1},
    };
    struct arena arena;
    struct workload_table table;
    struct error err;

    arena_init(&arena);
    CHECK(workload_paths_build(&arena, rows, 2, &table, &err) == 0);
    CHECK_STR(workload_paths_find(&table, STR("x"), STR("v2"), STR("K"))->version, STR("v2"));
    CHECK_STR(workload_paths_find(&table, STR("x"), STR("v1"), STR("K"))->version, STR(""));
    arena_release(&arena);
}

TEST(refuses_pointers_that_are_none_or_overlap)
{
    static const struct str bad[][2] = {
        {STR_INIT("spec"), STR_INIT("")},         {STR_INIT("/"), STR_INIT("")},
        {STR_INIT("/spec//image"), STR_INIT("")}, {STR_INIT("/spec/a~2"), STR_INIT("")},
        {STR_INIT("/spec"), STR_INIT("/spec/x")}, {STR_INIT("/spec/x"), STR_INIT("/spec")},
        {STR_INIT("/spec"), STR_INIT("/spec")},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct workload_row row = {STR("x"), STR(""), STR("K"), bad[i], bad[i][1].len ? 2 : 1};
        struct workload_table table;
        struct error err;

        CHECK_ROW(workload_paths_build(&arena, &row, 1, &table, &err) < 0, STR_FMT, STR_ARG(bad[i][0]));
        CHECK(err.code == ERROR_INVALID);
    }
    arena_release(&arena);
}

TEST(knows_variables_in_kinds_that_are_not_built_in)
{
    static const struct str pointer[] = {STR_INIT("/spec/template/spec")};
    static const struct workload_row rows[] = {
        {STR_INIT("x"), STR_INIT(""), STR_INIT("K"), pointer, 1},
        {STR_INIT("apps"), STR_INIT("v1"), STR_INIT("Deployment"), pointer, 1},
    };
    static const struct {
        struct str image;
        bool variable;
    } images[] = {
        {STR_INIT("$(params.image)"), true},
        {STR_INIT("${IMAGE}"), true},
        {STR_INIT("{{inputs.image}}"), true},
        {STR_INIT("quay.io/o/app:$(params.tag)"), true},
        {STR_INIT("nginx:1"), false},
        {STR_INIT("$IMAGE"), false},
        {STR_INIT("{x}"), false},
        {STR_INIT(""), false},
    };
    struct arena arena;
    struct workload_table table;
    struct error err;

    arena_init(&arena);
    CHECK(workload_paths_build(&arena, rows, 2, &table, &err) == 0);
    for (size_t i = 0; i < ARRAY_LEN(images); i++) {
        const struct workload_kind *own = workload_paths_find(&table, STR("x"), STR("v1"), STR("K"));
        const struct workload_kind *builtin =
            workload_paths_find(&table, STR("apps"), STR("v1"), STR("Deployment"));

        CHECK_ROW(workload_paths_is_variable(own, images[i].image) == images[i].variable, STR_FMT,
                  STR_ARG(images[i].image));
        CHECK_ROW(!workload_paths_is_variable(builtin, images[i].image), STR_FMT, STR_ARG(images[i].image));
    }
    arena_release(&arena);
}

TEST_MAIN()
