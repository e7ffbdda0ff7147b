/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

static struct str written(struct import_status *status)
{
    struct text json;
    struct error err;

    text_init(&json, &arena, STATUS_JSON_MAX);
    CHECK(import_status_write(status, &json, &err) == 0);
    return text_str(&json);
}

TEST(what_is_known_is_written_as_it_was_read)
{
    struct world world = world_of("");
    struct import_status status;
    struct import_view view;

    world.status = STR(
        "{\"dockerImageRepository\":\"quay.io/x\",\"publicDockerImageRepository\":\"example/x\","
        "\"observedGeneration\":7,\"importRequested\":\"x\",\"conditions\":[{\"type\":\"Ready\",\"status\":"
        "\"True\","
        "\"lastTransitionTime\":\"2026-01-01T00:00:00Z\",\"reason\":\"Imported\",\"message\":\"m\","
        "\"observedGeneration\":7}],\"repository\":{\"source\":\"DockerImage quay.io/x\",\"lastChecked\":"
        "\"2026-01-01T00:00:00Z\",\"nextCheck\":\"2026-01-01T00:01:00Z\",\"attempts\":2},\"summary\":{"
        "\"tags\":\"a\","
        "\"updated\":\"2026-01-01T00:00:00Z\",\"image\":\"" A "\"},\"tags\":[{\"tag\":\"a\",\"source\":\"s\","
        "\"lastChecked\":\"2026-01-01T00:00:00Z\",\"nextCheck\":\"2026-01-01T00:00:30Z\",\"attempts\":1,"
        "\"missingSince\":\"2026-01-01T00:00:00Z\",\"removedSince\":\"2026-01-01T00:00:00Z\",\"unusedSince\":"
        "\"2026-01-01T00:00:00Z\",\"pending\":{\"digest\":\"" B "\",\"reference\":\"quay.io/x@" B
        "\",\"since\":"
        "\"2026-01-01T00:00:00Z\",\"until\":\"2026-01-01T00:30:00Z\"},\"items\":[{\"created\":"
        "\"2026-01-01T00:00:00Z\",\"dockerImageReference\":\"quay.io/x@" A "\",\"image\":\"" A
        "\",\"generation\":3},{\"dockerImageReference\":\"name\",\"image\":\"\",\"generation\":0}],"
        "\"conditions\":["
        "{\"type\":\"ImportSuccess\",\"status\":\"False\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\","
        "\"reason\":\"NotFound\",\"message\":\"no\",\"generation\":3}]},{\"tag\":\"b\",\"items\":[]}]}");
    view = view_of(&world);
    import_status_copy(&arena, &view.self, &status);
    CHECK_STR(written(&status), world.status);
}

TEST(tags_stand_in_the_order_of_their_names)
{
    static const char *const names[] = {"m", "b", "z", "a", "m", "c", "1", ""};
    struct world world = world_of("");
    struct import_view view = view_of(&world);
    struct import_status status;

    import_status_copy(&arena, &view.self, &status);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        CHECK_STR(import_status_add(&arena, &status, str_from_c(names[i]))->details.tag,
                  str_from_c(names[i]));
    CHECK(status.count == ARRAY_LEN(names) - 1);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        CHECK(import_status_tag(&status, str_from_c(names[i])) != NULL);
    CHECK(import_status_tag(&status, STR("q")) == NULL);
    CHECK_STR(status.tags[1].details.tag, STR("1"));
}

TEST(statuses_that_differ_anywhere_are_not_the_same)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    struct import_status one, other;
    struct import_view view;

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    view = view_of(&world);
    import_status_copy(&arena, &view.self, &one);
    import_status_copy(&arena, &view.self, &other);
    CHECK(import_status_is_same(&arena, &one, &other));
    other.tags[0].details.attempts = 1;
    CHECK(!import_status_is_same(&arena, &one, &other));
    import_status_copy(&arena, &view.self, &other);
    other.observed_generation++;
    CHECK(!import_status_is_same(&arena, &one, &other));
    import_status_copy(&arena, &view.self, &other);
    (void)import_status_add(&arena, &other, STR("b"));
    CHECK(!import_status_is_same(&arena, &one, &other));
}

TEST_MAIN()
