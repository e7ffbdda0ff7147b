/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

static void fail(struct world *world, const char *const *tags, size_t count, const char *message)
{
    struct import_plan due = plan(world);
    struct check_result results[16];
    size_t failed = 0;

    for (size_t i = 0; i < due.count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (!str_equal(due.checks[i].tag, str_from_c(tags[k])))
                continue;
            results[failed] = result_of(world, &due.checks[i], NULL);
            results[failed].failure = REGISTRY_FAILURE_NOT_FOUND;
            results[failed++].message = str_from_c(message);
        }
    }
    (void)record(world, results, failed);
}

TEST(a_stream_without_tags_is_ready)
{
    struct world world = world_of("");

    CHECK(record(&world, NULL, 0));
    CHECK_STR(ready(&world)->status, STR("True"));
    CHECK(ready(&world)->generation == 1 && world.last.status.observed_generation == 1);
    world.generation = 2;
    world.now += 10;
    CHECK(record(&world, NULL, 0) && ready(&world)->generation == 2);
    CHECK(ready(&world)->changed.at == world.now - 10); /* still true since then */
}

TEST(what_was_not_tried_comes_before_what_failed)
{
    static const char *const one[] = {"a"};
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1") "," IMAGE_TAG("b", "quay.io/x/y:2"));

    fail(&world, one, 1, "nothing there");
    CHECK_STR(ready(&world)->reason, STR("Importing"));
    CHECK_STR(ready(&world)->message, STR("tag \"a\": nothing there; tag \"b\": is being imported"));
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
    CHECK_STR(ready(&world)->reason, STR("NotFound"));
    CHECK_STR(ready(&world)->message, STR("tag \"a\": nothing there"));
}

TEST(five_are_named_and_the_others_counted)
{
    static const char *const all[] = {"1", "2", "3", "a", "b", "c", "d"};
    struct world world = world_of(
        IMAGE_TAG("1", "quay.io/x:1") "," IMAGE_TAG("2", "quay.io/x:2") "," IMAGE_TAG("3", "quay.io/x:3") "," IMAGE_TAG(
            "a",
            "quay.io/x:a") "," IMAGE_TAG("b",
                                         "quay.io/x:b") "," IMAGE_TAG("c",
                                                                      "quay.io/x:c") "," IMAGE_TAG("d",
                                                                                                   "quay.io/"
                                                                                                   "x:d"));

    fail(&world, all, ARRAY_LEN(all), "no");
    CHECK_STR(ready(&world)->message, STR("tag \"1\": no; tag \"2\": no; tag \"3\": no; tag \"a\": no; tag "
                                          "\"b\": no; and 2 more"));
    CHECK_STR(world.last.status.summary.tags, STR("1, 2 + 5 more"));
}

TEST(a_message_is_one_line_that_is_not_too_long)
{
    static const char *const one[] = {"a"};
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    char message[700];

    memset(message, 'x', sizeof(message) - 1);
    memcpy(message, "a\nb\x80", 4);
    memcpy(message + 511, "\xc3\xa4", 2); /* would be cut in two */
    message[sizeof(message) - 1] = '\0';
    fail(&world, one, 1, message);
    CHECK(tag_of(&world, "a")->failure.message.len == 511);
    CHECK(str_starts(tag_of(&world, "a")->failure.message, STR("a?b?xx")));
    CHECK(!record(&world, NULL, 0));
}

TEST(the_summary_is_of_the_tag_that_moved_last)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1") "," SCHEDULED("b", "quay.io/x/y:2"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    (void)answer_next(&world, B);
    CHECK_STR(world.last.status.summary.image, STR(B));
    CHECK(world.last.status.summary.updated.at == world.now);
    CHECK_STR(world.last.status.summary.tags, STR("a, b"));
}

TEST(an_interval_that_is_raised_is_told)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

    world.annotations = "\"weir.dev/interval\":\"5s\"";
    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    CHECK_STR(ready(&world)->status, STR("True"));
    CHECK_STR(ready(&world)->message, STR("tag \"a\": weir.dev/interval is below the minimum: 1m holds"));
    CHECK(plan(&world).next - world.now <= 60);
    world.annotations = "\"weir.dev/interval\":\"often\"";
    (void)record(&world, NULL, 0);
    CHECK_STR(ready(&world)->message,
              STR("tag \"a\": weir.dev/interval is no duration such as \"5m\": 15m holds"));
}

TEST(a_digest_that_is_gone_upstream_is_told_until_the_tag_moves)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));
    const struct tag_condition *available;

    world.status = STR("{\"tags\":[{\"tag\":\"a\",\"source\":\"DockerImage quay.io/x/y:1\",\"missingSince\":"
                       "\"1970-01-12T00:00:00Z\",\"lastChecked\":\"1970-01-12T00:00:00Z\",\"items\":["
                       "{\"created\":\"1970-01-12T00:00:00Z\",\"dockerImageReference\":\"quay.io/x/y@" A
                       "\",\"image\":\"" A "\",\"generation\":1}]}]}");
    CHECK(record(&world, NULL, 0));
    available = import_status_condition(&world.last.status, STR("ImagesAvailable"));
    CHECK(available && str_equal(available->status, STR("False")));
    CHECK_STR(ready(&world)->status, STR("True"));
    (void)answer_next(&world, B);
    available = import_status_condition(&world.last.status, STR("ImagesAvailable"));
    CHECK(available && str_equal(available->status, STR("True")));
}

TEST_MAIN()
