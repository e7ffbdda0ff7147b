/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

TEST(insecure_alone_is_no_change_of_a_source_that_was_imported)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    const char *insecure = "{\"name\":\"a\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"quay.io/x/y:1\"},"
                           "\"importPolicy\":{\"insecure\":true}}";

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.tags = insecure;
    CHECK(plan(&world).count == 0);
    world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    (void)answer(&world, NULL, REGISTRY_FAILURE_UNREACHABLE);
    world.tags = insecure;
    CHECK(plan(&world).count == 1);
}

TEST(a_generation_of_a_tag_asks_once_even_where_it_fails)
{
    struct world world = world_of("{\"name\":\"a\",\"generation\":3,\"from\":{\"kind\":\"DockerImage\","
                                  "\"name\":\"quay.io/x/y:1\"}}");

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    CHECK(tag_of(&world, "a")->events[0].generation == 3 && plan(&world).count == 0);
    world.tags =
        "{\"name\":\"a\",\"generation\":4,\"from\":{\"kind\":\"DockerImage\",\"name\":\"quay.io/x/y:1\"}}";
    CHECK(plan(&world).count == 1 && plan(&world).checks[0].cause == CHECK_GENERATION);
    (void)answer(&world, NULL, REGISTRY_FAILURE_NOT_FOUND);
    CHECK(tag_of(&world, "a")->failure.generation == 4 && plan(&world).count == 0);
}

TEST(a_request_is_answered_with_the_last_of_its_tags)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1") "," IMAGE_TAG("b", "quay.io/x/y:2"));
    struct import_plan due;
    struct check_result result = {.digest = STR(A)};

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.annotations = "\"weir.dev/import\":\"today\"";
    due = plan(&world);
    CHECK(due.count == 2 && due.checks[0].cause == CHECK_ASKED);
    result.check = due.checks[0];
    result.at = ++world.now;
    (void)record(&world, &result, 1);
    CHECK(world.last.status.import_requested.len == 0 && plan(&world).count == 1);
    result.check = due.checks[1];
    CHECK(record(&world, &result, 1));
    CHECK_STR(world.last.status.import_requested, STR("today"));
    CHECK(plan(&world).count == 0);
}

TEST(a_suspended_stream_rests)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1") "," FOLLOWS("b", "a"));

    world.annotations = "\"weir.dev/suspend\":\"true\"";
    CHECK(plan(&world).count == 0 && record(&world, NULL, 0));
    CHECK_STR(ready(&world)->reason, STR("Suspended"));
    CHECK(world.last.status.count == 0);
    world.annotations = NULL;
    CHECK(plan(&world).count == 1);
}

TEST(what_comes_during_a_check_is_another_checks)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));
    struct import_plan due;
    struct check_result result;

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.now = plan(&world).next;
    due = plan(&world);
    world.now += 5;
    world.annotations = "\"weir.dev/import\":\"now\"";
    world.memory[0].notified = world.now;
    world.tags = "{\"name\":\"a\",\"generation\":9,\"importPolicy\":{\"scheduled\":true},\"from\":{\"kind\":"
                 "\"DockerImage\",\"name\":\"quay.io/x/y:1\"}}";
    result = result_of(&world, &due.checks[0], A);
    (void)record(&world, &result, 1);
    CHECK(world.last.status.import_requested.len == 0);
    CHECK(plan(&world).count == 1 && plan(&world).checks[0].cause == CHECK_ASKED);
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
    CHECK(tag_of(&world, "a")->events[0].generation == 9);
    CHECK_STR(world.last.status.import_requested, STR("now"));
    CHECK(plan(&world).count == 0 && plan(&world).next == world.now + 1); /* the notification */
    CHECK(answer_next(&world, A) == CHECK_NOTIFIED);
    CHECK(plan(&world).next > world.now + 1);
}

TEST(a_generation_alone_that_comes_during_a_check_is_another_checks)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));
    struct import_plan due;
    struct check_result result;

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.now = plan(&world).next;
    due = plan(&world);
    world.tags = "{\"name\":\"a\",\"generation\":9,\"importPolicy\":{\"scheduled\":true},\"from\":{\"kind\":"
                 "\"DockerImage\",\"name\":\"quay.io/x/y:1\"}}";
    result = result_of(&world, &due.checks[0], A);
    (void)record(&world, &result, 1);
    CHECK(plan(&world).count == 1 && plan(&world).checks[0].cause == CHECK_GENERATION);
}

TEST(a_clock_that_was_wrong_puts_nothing_off)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

    world.now += 1000000000;
    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.now -= 1000000000;
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
    CHECK(tag_of(&world, "a")->details.last_checked.at == world.now);
    CHECK(plan(&world).count == 0 && plan(&world).next <= world.now + 900);
    world.now += 1000000000;
    world.annotations = "\"weir.dev/import\":\"1\"";
    (void)answer(&world, NULL, REGISTRY_FAILURE_UNREACHABLE);
    world.now -= 1000000000;
    CHECK(plan(&world).next <= world.now + 24000);
}

TEST(a_start_is_no_burst_and_loses_no_day)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1") "," SCHEDULED("b", "quay.io/x/y:2"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    memset(world.memory, 0, sizeof(world.memory));
    world.memory_count = 0;
    world.now = world.start = 5000000;
    CHECK(plan(&world).count == 0 && plan(&world).next <= world.now + 900);
    world.annotations = "\"weir.dev/interval\":\"240h\"";
    CHECK(plan(&world).count == 0 && plan(&world).next <= world.now + 900);
}

TEST(a_digest_is_asked_for_until_it_is_there_and_no_more)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y@" A));

    CHECK(answer(&world, NULL, REGISTRY_FAILURE_NOT_FOUND) == 1);
    CHECK_STR(plan(&world).next > world.now ? STR("later") : STR("now"), STR("later"));
    world.now = plan(&world).next;
    CHECK_STR(plan(&world).checks[0].reference, STR(A));
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
    CHECK(plan(&world).next == INT64_MAX);
}

TEST(an_import_mode_that_changes_is_another_source_and_generation_0_asks_for_nothing)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.tags = "{\"name\":\"a\",\"generation\":0,\"from\":{\"kind\":\"DockerImage\",\"name\":"
                 "\"quay.io/x/y:1\"}}";
    CHECK(plan(&world).count == 0);
    world.tags = "{\"name\":\"a\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"quay.io/x/y:1\"},"
                 "\"importPolicy\":{\"importMode\":\"PreserveOriginal\"}}";
    CHECK(plan(&world).count == 1 && plan(&world).checks[0].cause == CHECK_SOURCE);
    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    CHECK(tag_of(&world, "a")->count == 1 && plan(&world).count == 0);
}

TEST(a_tag_that_is_held_waits)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));

    world.memory[0].held = world.now + 60;
    CHECK(plan(&world).count == 0 && plan(&world).next == world.now + 60);
}

TEST(a_record_that_is_gone_is_made_again)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.status = STR("{\"tags\":[{\"tag\":\"a\",\"source\":\"DockerImage quay.io/x/y:1\","
                       "\"lastChecked\":\"1970-01-12T00:00:00Z\",\"items\":[]}]}");
    CHECK(plan(&world).count == 1);
}

#define TAG_OF_GENERATION(name, image, generation)                                                           \
    "{\"name\":\"" name "\",\"generation\":" generation                                                      \
    ",\"from\":{\"kind\":\"DockerImage\",\"name\":\"" image "\"}}"
#define RECORDED(tag, image, rest)                                                                           \
    "{\"tag\":\"" tag "\",\"source\":\"DockerImage docker.io/" image                                         \
    "\",\"lastChecked\":\"1970-01-12T00:00:00Z\"," rest "}"
#define EVENT(generation)                                                                                    \
    "\"items\":[{\"created\":\"1970-01-12T00:00:00Z\",\"dockerImageReference\":\"docker.io/test/other@" A    \
    "\",\"image\":\"" A "\",\"generation\":" generation "}]"
#define FAILED(generation)                                                                                   \
    "\"nextCheck\":\"1970-01-20T00:00:00Z\",\"attempts\":1,\"conditions\":[{\"type\":\"ImportSuccess\","     \
    "\"status\":"                                                                                            \
    "\"False\",\"reason\":\"NotFound\",\"generation\":" generation "}]"

/*
 * The rows of TestHandleImageStream (openshift-controller-manager, pkg/image/controller): which tags are
 * imported. What its annotation dockerRepositoryCheck tells is told by status.tags[].source here.
 */
TEST(what_openshifts_controller_imports)
{
    static const struct {
        const char *name;
        const char *tags;
        const char *status;
        const char *due; /* joined by commas */
    } rows[] = {
        {"no tags", "", "{}", ""},
        {"a mere name",
         "{\"name\":\"latest\",\"reference\":true,\"from\":{\"kind\":\"DockerImage\",\"name\":\"test/"
         "other:latest\"}}",
         "{}", ""},
        {"a mere name of another kind",
         "{\"name\":\"latest\",\"reference\":true,\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"other:"
         "latest\"}}",
         "{}", ""},
        {"never imported, generation null",
         "{\"name\":\"latest\",\"generation\":null,\"from\":{\"kind\":\"DockerImage\",\"name\":\"test/"
         "other:latest\"}}",
         "{}", "latest"},
        {"never imported, generation 2", TAG_OF_GENERATION("latest", "test/other:latest", "2"), "{}",
         "latest"},
        {"one of two is behind its generation",
         TAG_OF_GENERATION("v1", "test/other:1", "1") "," TAG_OF_GENERATION("latest", "test/other:latest",
                                                                            "2"),
         "{\"tags\":[" RECORDED("v1", "test/other:1", EVENT("1")) "," RECORDED("latest", "test/other:latest",
                                                                               EVENT("1")) "]}",
         "latest"},
        {"failed for its generation", TAG_OF_GENERATION("latest", "test/other:latest", "2"),
         "{\"tags\":[" RECORDED("latest", "test/other:latest", FAILED("2")) "]}", ""},
        {"failed for the generation before", TAG_OF_GENERATION("latest", "test/other:latest", "2"),
         "{\"tags\":[" RECORDED("latest", "test/other:latest", FAILED("1")) "]}", "latest"},
        {"imported for the generation before", TAG_OF_GENERATION("latest", "test/other:latest", "2"),
         "{\"tags\":[" RECORDED("latest", "test/other:latest", EVENT("1")) "]}", "latest"},
        {"a tag of another name", IMAGE_TAG("1.1", "some/repo:mytag"), "{}", "1.1"},
        {"imported for its generation", TAG_OF_GENERATION("latest", "test/other:latest", "2"),
         "{\"tags\":[" RECORDED("latest", "test/other:latest", EVENT("2")) "]}", ""},
        {"imported, and failed for its generation since",
         TAG_OF_GENERATION("latest", "test/other:latest", "2"),
         "{\"tags\":[" RECORDED("latest", "test/other:latest", EVENT("1") "," FAILED("2")) "]}", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world world = world_of(rows[i].tags);
        struct import_plan due;
        struct text names;

        world.status = str_from_c(rows[i].status);
        due = plan(&world);
        text_init(&names, &arena, 1000);
        for (size_t k = 0; k < due.count; k++) {
            text_add_c(&names, k > 0 ? "," : "");
            text_add(&names, due.checks[k].tag);
        }
        CHECK_ROW(str_equal(text_str(&names), str_from_c(rows[i].due)), "%s: " STR_FMT, rows[i].name,
                  STR_ARG(text_str(&names)));
    }
}

TEST_MAIN()
