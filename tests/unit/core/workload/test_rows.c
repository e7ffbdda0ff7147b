/* SPDX-License-Identifier: Apache-2.0 */
#include "core/workload/rows.h"

#include "base/yaml/read.h"
#include "test.h"

#include <string.h>

static int decode(struct arena *arena, struct str text, const struct workload_row **ret, size_t *ret_count,
                  struct error *err)
{
    struct yaml_documents documents;

    if (yaml_read(arena, text, &documents, err) < 0)
        return -1;
    return workload_rows_decode(arena, documents.items[0], ret, ret_count, err);
}

TEST(reads_rows)
{
    const struct workload_row *rows = NULL;
    struct arena arena;
    struct error err;
    size_t count = 0;

    arena_init(&arena);
    CHECK(decode(&arena,
                 STR("workloads:\n- {group: '', kind: Thing, pointers: [/spec]}\n- group: a.example\n  "
                     "version: v1\n"
                     "  kind: Other\n  pointers: [/a, /b/*/c]\n"),
                 &rows, &count, &err) == 0);
    CHECK(count == 2);
    if (count == 2) {
        CHECK(rows[0].group.len == 0 && rows[0].version.len == 0 && rows[0].pointer_count == 1);
        CHECK_STR(rows[1].version, STR("v1"));
        CHECK_STR(rows[1].pointers[1], STR("/b/*/c"));
    }
    arena_release(&arena);
}

TEST(says_what_is_wrong_and_where)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"[]", "line 1, column 1: document: expected a map with the member \"workloads\", found a list"},
        {"{}", "line 1, column 1: \"workloads\" is required"},
        {"workload: []", "line 1, column 11: unknown member \"workload\", expected \"workloads\""},
        {"workloads: {}", "line 1, column 12: workloads: expected a list, found a map"},
        {"workloads: [1]", "workloads[0]: line 1, column 13: row: expected a map, found a number"},
        {"workloads: [{group: a, kind: B}]", "workloads[0]: line 1, column 13: \"pointers\" is required"},
        {"workloads: [{kind: B, pointers: [/a]}]", "workloads[0]: line 1, column 13: \"group\" is required"},
        {"workloads: [{group: a, kind: '', pointers: [/a]}]",
         "workloads[0]: line 1, column 30: kind: must not be empty"},
        {"workloads: [{group: a, kind: 1, pointers: [/a]}]",
         "workloads[0]: line 1, column 30: kind: expected a string, found a number"},
        {"workloads: [{group: a/v1, kind: B, pointers: [/a]}]",
         "workloads[0]: line 1, column 21: group: \"a/v1\" holds a version, which is a member of its own"},
        {"workloads: [{group: a, kind: B, pointers: [a]}]",
         "workloads[0]: line 1, column 13: workload \"B\": pointer \"a\" must begin with \"/\" and name a "
         "member"},
        {"workloads: [{group: a, kind: B, pointers: [/a/b, /a]}]",
         "workloads[0]: line 1, column 13: workload \"B\": another pointer leads into \"/a\""},
        {"workloads: [{group: a, kind: B, pointers: /a}]",
         "workloads[0]: line 1, column 43: pointers: expected a list, found a string"},
        {"workloads: [{group: a, kind: B, pointers: []}]",
         "workloads[0]: line 1, column 43: pointers: expected 1 to 48, found 0"},
        {"workloads: [{group: a, kind: B, pointers: [null]}]",
         "workloads[0]: line 1, column 44: pointers: expected a string, found null"},
        {"workloads: [{group: a, kind: B, pointer: [/a]}]",
         "workloads[0]: line 1, column 42: unknown member \"pointer\", a row has \"group\", \"version\", "
         "\"kind\" and "
         "\"pointers\""},
        {"workloads: [{group: a, kind: B, pointers: [/a]}, {group: a, kind: B, pointers: [/b]}]",
         "workloads[1]: line 1, column 50: kind \"B\" of group \"a\" is already there"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct workload_row *got;
        struct arena arena;
        struct error err;
        size_t count;

        arena_init(&arena);
        CHECK_ROW(decode(&arena, str_from_c(rows[i].text), &got, &count, &err) < 0, "%s", rows[i].text);
        CHECK_ROW(strcmp(err.text, rows[i].want) == 0, "%s: %s", rows[i].text, err.text);
        arena_release(&arena);
    }
}

static bool has_kind(const struct workload_table *table, const char *group, const char *kind)
{
    return workload_paths_find(table, str_from_c(group), STR("v1"), str_from_c(kind)) != NULL;
}

TEST(ships_rows_that_make_a_table)
{
    const struct workload_row *rows = NULL;
    struct workload_table table;
    struct arena arena;
    struct error err;
    size_t count = 0;
    int code;

    arena_init(&arena);
    code = decode(&arena, test_read_file(&arena, TEST_DATA "/../../manifests/examples/workload-paths.yaml"),
                  &rows, &count, &err);
    CHECK_ROW(code == 0, "%s", err.text);
    if (code == 0) {
        code = workload_paths_build(&arena, rows, count, &table, &err);
        CHECK_ROW(code == 0, "%s", err.text);
    }
    if (code == 0) {
        CHECK(has_kind(&table, "apps.openshift.io", "DeploymentConfig"));
        CHECK(has_kind(&table, "serving.knative.dev", "Service") && !has_kind(&table, "", "Service"));
        CHECK(has_kind(&table, "argoproj.io", "Rollout") && has_kind(&table, "tekton.dev", "TaskRun"));
        CHECK(has_kind(&table, "apps.kruise.io", "CloneSet") && has_kind(&table, "apps", "Deployment"));
    }
    arena_release(&arena);
}

TEST_MAIN()
