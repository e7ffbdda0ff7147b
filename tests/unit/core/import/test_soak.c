/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

#define C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static struct world soaking(void)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

    world.annotations = "\"weir.dev/soak\":\"30m\"";
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
    CHECK(tag_of(&world, "a")->count == 1); /* the first import does not soak */
    return world;
}

static const struct pending_digest *pending(struct world *world)
{
    const struct recorded_tag *tag = tag_of(world, "a");

    return tag->details.has_pending ? &tag->details.pending : NULL;
}

TEST(a_new_digest_waits_and_becomes_the_event)
{
    struct world world = soaking();
    int64_t since;

    CHECK(answer_next(&world, B) == CHECK_SCHEDULED);
    since = world.now;
    CHECK(pending(&world) && tag_of(&world, "a")->count == 1);
    CHECK_STR(pending(&world)->reference, STR("quay.io/x/y@" B));
    CHECK(pending(&world)->since.at == since && pending(&world)->until.at == since + 1800);
    while (world.now < since + 1800) {
        CHECK(tag_of(&world, "a")->count == 1);
        (void)answer_next(&world, B);
    }
    CHECK(world.now == since + 1800 && !pending(&world) && tag_of(&world, "a")->count == 2);
    CHECK_STR(tag_of(&world, "a")->events[0].image, STR(B));
}

TEST(another_digest_starts_the_clock_anew_and_the_old_one_stops_it)
{
    struct world world = soaking();

    (void)answer_next(&world, B);
    (void)answer_next(&world, C);
    CHECK_STR(pending(&world)->digest, STR(C));
    CHECK(pending(&world)->since.at == world.now);
    (void)answer_next(&world, A);
    CHECK(!pending(&world) && tag_of(&world, "a")->count == 1);
}

TEST(a_failure_is_no_break)
{
    struct world world = soaking();
    int64_t since;

    (void)answer_next(&world, B);
    since = world.now;
    world.now = plan(&world).next;
    CHECK(answer(&world, NULL, REGISTRY_FAILURE_UNREACHABLE) == 1);
    CHECK(pending(&world) && pending(&world)->since.at == since);
    CHECK(answer_next(&world, B) == CHECK_RETRY);
    CHECK(pending(&world) && pending(&world)->since.at == since);
    world.now = since + 1800;
    CHECK(answer(&world, NULL, REGISTRY_FAILURE_UNREACHABLE) == 1);
    CHECK(pending(&world) && tag_of(&world, "a")->count == 1 && plan(&world).count == 0);
    CHECK(answer_next(&world, B) == CHECK_RETRY);
    CHECK(!pending(&world) && tag_of(&world, "a")->count == 2);
}

TEST(what_is_asked_for_does_not_soak_nor_does_its_retry)
{
    struct world world = soaking();

    (void)answer_next(&world, B);
    world.annotations = "\"weir.dev/soak\":\"30m\",\"weir.dev/import\":\"1\"";
    CHECK(answer(&world, NULL, REGISTRY_FAILURE_UNREACHABLE) == 1);
    CHECK(pending(&world) && tag_of(&world, "a")->count == 1);
    CHECK(answer_next(&world, C) == CHECK_RETRY);
    CHECK(!pending(&world));
    CHECK_STR(tag_of(&world, "a")->events[0].image, STR(C));
}

TEST(a_notified_check_soaks)
{
    struct world world = soaking();

    world.memory[0].notified = ++world.now;
    CHECK(plan(&world).count == 0 && plan(&world).next == world.now + 1);
    CHECK(answer_next(&world, B) == CHECK_NOTIFIED);
    CHECK(pending(&world) && tag_of(&world, "a")->count == 1);
}

TEST(a_source_that_changes_drops_what_waits)
{
    struct world world = soaking();

    (void)answer_next(&world, B);
    world.tags = SCHEDULED("a", "quay.io/x/z:1");
    (void)record(&world, NULL, 0);
    CHECK(!pending(&world));
    (void)answer(&world, C, REGISTRY_FAILURE_NONE);
    CHECK_STR(tag_of(&world, "a")->events[0].reference, STR("quay.io/x/z@" C));
}

TEST(the_annotation_holds_as_it_is_now)
{
    struct world world = soaking();
    int64_t since;

    (void)answer_next(&world, B);
    since = world.now;
    world.annotations = "\"weir.dev/soak\":\"2h\"";
    (void)record(&world, NULL, 0);
    CHECK(pending(&world)->until.at == since + 7200);
    world.annotations = NULL;
    (void)record(&world, NULL, 0);
    CHECK(answer(&world, B, REGISTRY_FAILURE_NONE) == 1);
    CHECK(!pending(&world) && tag_of(&world, "a")->count == 2);
}

TEST(an_annotation_that_cannot_be_read_waits_for_a_day_and_is_told)
{
    struct world world = soaking();

    world.annotations = "\"weir.dev/soak\":\"soon\"";
    (void)answer_next(&world, B);
    CHECK(pending(&world)->until.at == world.now + 86400);
    CHECK_STR(ready(&world)->status, STR("True"));
    CHECK_STR(ready(&world)->message,
              STR("tag \"a\": weir.dev/soak is no duration such as \"30m\": a new digest waits for a day"));
}

TEST_MAIN()
