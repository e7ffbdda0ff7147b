/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/moving_workload.h"

#include "base/json/read.h"
#include "core/trigger/workload_revision.h"

#include "test.h"

#define WEB   "\"k:{\\\"name\\\":\\\"web\\\"}\":{\"f:image\":{}}"
#define NAMED "\"k:{\\\"name\\\":\\\"web\\\"}\":{\".\":{},\"f:name\":{}}"
#define ENTRY(manager, operation, list, fields)                                                              \
    "{\"manager\":\"" manager "\",\"operation\":\"" operation                                                \
    "\",\"fieldsV1\":{\"f:spec\":{\"f:template\":{\"f:spec\":{\"f:" list "\":{" fields "}}}}}}"

static struct arena arena;

static const struct value *value_of(const char *json)
{
    struct value *value = NULL;
    struct error err;

    CHECK_ROW(json_read(&arena, str_from_c(json), &value, &err) == 0, "%s: %s", json, err.text);
    return value;
}

static struct moving_workload read_workload(const char *json)
{
    struct moving_workload workload;

    moving_workload_read(&arena, MOVING_DEPLOYMENT, value_of(json), &workload);
    return workload;
}

TEST(reads_what_moving_looks_at)
{
    struct moving_workload workload = read_workload(
        "{\"metadata\":{\"namespace\":\"shop\",\"name\":\"web\",\"uid\":\"u\",\"resourceVersion\":\"7\","
        "\"generation\":3,"
        "\"annotations\":{\"weir.dev/follow\":\"true\",\"weir.dev/refresh\":\"x\"}},\"spec\":{\"selector\":{"
        "\"matchLabels\":{\"app\":\"web\"}},\"template\":{\"metadata\":{\"annotations\":{\"weir.dev/"
        "refresh\":\"y\","
        "\"alpha.image.policy.openshift.io/"
        "resolve-names\":\"*\"}},\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":"
        "\"a\"},{\"image\":\"no "
        "name\"},{\"name\":\"side\"}],\"initContainers\":[{\"name\":\"init\",\"image\":\"b\"}],"
        "\"volumes\":[{\"name\":\"v\",\"image\":{\"reference\":\"c\"}},{\"name\":\"w\",\"emptyDir\":{}}]}}}"
        "}");
    static const char *const keys[] = {"web", "side", "init", "volume/v"};

    CHECK(moving_workload_is_wanted(&workload) && workload.follows && workload.resolve_names);
    CHECK(workload.generation == 3 && workload.label_count == 1);
    CHECK_STR(workload.refresh, STR("x"));
    CHECK_STR(workload.template_refresh, STR("y"));
    CHECK(workload.positions.count == ARRAY_LEN(keys));
    for (size_t i = 0; i < workload.positions.count && i < ARRAY_LEN(keys); i++)
        CHECK_STR(workload.positions.items[i].key, str_from_c(keys[i]));
    CHECK(workload.positions.items[1].index == 2);
    arena_release(&arena);
}

TEST(takes_what_has_another_type_as_absent)
{
    static const char *const rows[] = {
        "{}",
        "[]",
        "{\"metadata\":[],\"spec\":7}",
        "{\"metadata\":{\"annotations\":{\"weir.dev/follow\":true,\"image.openshift.io/triggers\":[]}}}",
        "{\"metadata\":{\"annotations\":{\"weir.dev/follow\":\"yes\",\"image.openshift.io/triggers\":\" "
        "\"}}}",
        "{\"metadata\":{\"generation\":\"1\",\"ownerReferences\":{\"controller\":true},\"managedFields\":"
        "\"x\"},"
        "\"spec\":{\"selector\":{\"matchLabels\":[1]},\"template\":{\"spec\":{\"containers\":{\"name\":1}}}}"
        "}",
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct moving_workload workload = read_workload(rows[i]);

        CHECK_ROW(!moving_workload_is_wanted(&workload), "%s", rows[i]);
        CHECK_ROW(workload.positions.count == 0 && workload.label_count == 0 && workload.generation == 0,
                  "%s", rows[i]);
    }
    arena_release(&arena);
}

TEST(knows_who_owns_a_container)
{
    static const struct {
        const char *managers;
        bool triggered;
        bool abandoned;
    } rows[] = {
        {"", false, false},
        {ENTRY("weir-trigger", "Apply", "containers", WEB), true, true},
        {ENTRY("weir-trigger", "Apply", "containers", WEB) "," ENTRY("kubectl", "Update", "containers",
                                                                     NAMED),
         true, false},
        {ENTRY("flux", "Apply", "containers", NAMED) "," ENTRY("weir-trigger", "Apply", "containers", WEB),
         true, false},
        {ENTRY("weir-trigger", "Apply", "containers", WEB) "," ENTRY("flux", "Apply", "initContainers",
                                                                     NAMED),
         true, true},
        {ENTRY("weir-trigger", "Update", "containers", WEB), false, false},
        {ENTRY("weir-trigger", "Apply", "containers", NAMED), false, false},
        {ENTRY("weir-follow", "Apply", "containers", WEB), false, false},
        {"1,{\"manager\":\"weir-trigger\",\"operation\":\"Apply\"}", false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char json[2048];
        struct moving_workload workload;

        (void)snprintf(
            json, sizeof json,
            "{\"metadata\":{\"managedFields\":[%s]},\"spec\":{\"template\":{\"spec\":{\"containers\":[{"
            "\"name\":\"web\",\"image\":\"a\"}]}}}}",
            rows[i].managers);
        workload = read_workload(json);
        CHECK_ROW(workload.positions.count == 1 && workload.positions.items[0].triggered == rows[i].triggered,
                  "%zu", i);
        CHECK_ROW(workload.positions.items[0].abandoned == rows[i].abandoned, "%zu", i);
    }
    arena_release(&arena);
}

TEST(reads_revisions_of_their_workload_alone)
{
    static const struct {
        const char *json;
        bool taken;
    } rows[] = {
        {"{\"metadata\":{\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"ownerReferences\":[{\"uid\":\"u\"}]"
         "},"
         "\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"a\"}]}}}}",
         true},
        {"{\"metadata\":{\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"ownerReferences\":[{\"uid\":\"x\"},"
         "{\"uid\":\"u\"}]},\"data\":{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\","
         "\"image\":"
         "\"a\"}]}}}}}",
         true},
        {"{\"metadata\":{\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"ownerReferences\":[{\"uid\":\"x\"}]"
         "}}",
         false},
        {"{\"metadata\":{\"creationTimestamp\":\"yesterday\",\"ownerReferences\":[{\"uid\":\"u\"}]}}", false},
        {"{}", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct workload_revision revision;

        CHECK_ROW(workload_revision_read(&arena, value_of(rows[i].json), STR("u"), &revision) ==
                      rows[i].taken,
                  "%zu", i);
        CHECK_ROW(!rows[i].taken || (revision.created == 1767225600 && revision.positions.count == 1), "%zu",
                  i);
    }
    arena_release(&arena);
}

TEST_MAIN()
