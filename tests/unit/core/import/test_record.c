/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

TEST(a_new_tag_is_asked_for_and_recorded_once)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    struct import_plan due = plan(&world);

    CHECK(due.count == 1 && due.checks[0].cause == CHECK_SOURCE);
    CHECK_STR(due.checks[0].domain, STR("quay.io"));
    CHECK_STR(due.checks[0].path, STR("x/y"));
    CHECK_STR(due.checks[0].reference, STR("1"));
    CHECK(record(&world, NULL, 0));
    CHECK_STR(ready(&world)->reason, STR("Importing"));
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
    CHECK_STR(tag_of(&world, "a")->events[0].reference, STR("quay.io/x/y@" A));
    CHECK_STR(tag_of(&world, "a")->details.source, STR("DockerImage quay.io/x/y:1"));
    CHECK(tag_of(&world, "a")->events[0].generation == 1 &&
          tag_of(&world, "a")->events[0].created == 1000000);
    CHECK_STR(ready(&world)->status, STR("True"));
    CHECK_STR(world.last.status.summary.tags, STR("a"));
    CHECK(world.last.move_count == 1 && world.last.moves[0].kind == MOVE_IMPORTED);
    world.now += 100000;
    CHECK(plan(&world).count == 0 && plan(&world).next == INT64_MAX);
    CHECK(!record(&world, NULL, 0));
}

TEST(digests_that_alternate_give_an_event_each)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    for (size_t i = 0; i < 2; i++) {
        int64_t next = plan(&world).next;

        CHECK(next > world.now && next <= world.now + 900);
        world.now = next;
        CHECK(answer(&world, i == 0 ? B : A, REGISTRY_FAILURE_NONE) == 1);
    }
    CHECK(tag_of(&world, "a")->count == 3);
    CHECK_STR(tag_of(&world, "a")->events[1].image, STR(B));
    CHECK_STR(tag_of(&world, "a")->events[2].image, STR(A));
}

TEST(a_check_that_changes_nothing_is_written_once_an_hour)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));
    size_t writes;

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    writes = world.writes;
    for (size_t i = 0; i < 5; i++) {
        world.now = plan(&world).next;
        CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
        CHECK(plan(&world).count == 0);
    }
    CHECK(world.writes == writes + 1);
    CHECK(tag_of(&world, "a")->count == 1);
}

TEST(a_clock_that_steps_back_orders_events_all_the_same)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.annotations = "\"weir.dev/import\":\"now\"";
    world.now -= 500;
    (void)answer(&world, B, REGISTRY_FAILURE_NONE);
    CHECK(tag_of(&world, "a")->count == 2);
    CHECK(tag_of(&world, "a")->events[0].created == 1000000);
}

TEST(a_failure_keeps_the_record_and_is_tried_again_later_and_later)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    int64_t before = 0;

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.annotations = "\"weir.dev/import\":\"1\"";
    CHECK(answer(&world, NULL, REGISTRY_FAILURE_NOT_FOUND) == 1);
    CHECK(tag_of(&world, "a")->count == 1 && tag_of(&world, "a")->failed);
    CHECK_STR(tag_of(&world, "a")->failure.reason, STR("NotFound"));
    CHECK_STR(ready(&world)->status, STR("True")); /* it has a record of this source */
    CHECK_STR(ready(&world)->message, STR("tag \"a\": the registry says no"));
    CHECK_STR(world.last.status.import_requested, STR("1"));
    for (size_t i = 0; i < 8; i++) {
        int64_t pause = plan(&world).next - world.now;

        CHECK(plan(&world).count == 0 && pause >= 27 && pause <= 990);
        CHECK(pause > before || pause > 800);
        before = pause;
        world.now += pause;
        CHECK(answer(&world, NULL, REGISTRY_FAILURE_NOT_FOUND) == 1);
    }
    world.now = plan(&world).next;
    CHECK(answer(&world, B, REGISTRY_FAILURE_NONE) == 1);
    CHECK(!tag_of(&world, "a")->failed && tag_of(&world, "a")->count == 2);
    CHECK(tag_of(&world, "a")->details.attempts == 0 && !tag_of(&world, "a")->details.next_check.known);
}

TEST(an_identical_failure_is_written_when_its_pause_grows_then_once_an_hour)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    size_t writes;
    int64_t until;

    for (size_t i = 0; i < 8; i++) {
        (void)answer(&world, NULL, REGISTRY_FAILURE_UNREACHABLE);
        world.now = plan(&world).next;
    }
    writes = world.writes;
    for (until = world.now + 12 * 3600; world.now < until; world.now = plan(&world).next)
        CHECK(answer(&world, NULL, REGISTRY_FAILURE_UNREACHABLE) == 1);
    CHECK(world.writes >= writes + 8 && world.writes <= writes + 16);
}

TEST(a_wrong_password_is_not_tried_often)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

    CHECK(answer(&world, NULL, REGISTRY_FAILURE_UNAUTHORIZED) == 1);
    CHECK(plan(&world).next - world.now >= 270);
    CHECK_STR(ready(&world)->status, STR("False"));
    CHECK_STR(ready(&world)->reason, STR("Unauthorized"));
}

TEST(a_source_that_changed_is_asked_at_once_and_answers_for_the_old_one_are_dropped)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    struct import_plan old = plan(&world);
    struct check_result late = {.check = old.checks[0], .digest = STR(A), .at = world.now};

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.tags = IMAGE_TAG("a", "quay.io/x/z:1");
    world.generation = 2;
    CHECK(plan(&world).count == 1 && plan(&world).checks[0].known.len == 0);
    (void)record(&world, &late, 1);
    CHECK(tag_of(&world, "a")->count == 1);
    CHECK_STR(ready(&world)->reason, STR("Importing"));
    CHECK(answer(&world, NULL, REGISTRY_FAILURE_NOT_FOUND) == 1);
    CHECK(!tag_of(&world, "a")->details.last_checked.known);
    CHECK_STR(ready(&world)->status, STR("False"));
    CHECK(tag_of(&world, "a")->count == 1);
}

TEST(a_mere_name_needs_no_registry)
{
    struct world world = world_of("{\"name\":\"a\",\"reference\":true,\"from\":{\"kind\":\"DockerImage\","
                                  "\"name\":\"nginx:1.27\"}}");

    CHECK(plan(&world).count == 0 && record(&world, NULL, 0));
    CHECK_STR(tag_of(&world, "a")->events[0].reference, STR("docker.io/library/nginx:1.27"));
    CHECK(tag_of(&world, "a")->events[0].image.len == 0);
    CHECK_STR(ready(&world)->status, STR("True"));
    CHECK(!record(&world, NULL, 0));
}

TEST(what_is_not_possible_is_said)
{
    struct world world = world_of(IMAGE_TAG("a", "my_registry.example/x:1") "," FOLLOWS("b", "gone"));

    CHECK(plan(&world).count == 0 && record(&world, NULL, 0));
    CHECK_STR(tag_of(&world, "a")->failure.message,
              STR("DockerImage \"my_registry.example/x:1\" names no registry"));
    CHECK_STR(tag_of(&world, "b")->failure.reason, STR("NotFound"));
    CHECK_STR(ready(&world)->message,
              STR("tag \"a\": DockerImage \"my_registry.example/x:1\" names no registry; tag \"b\": "
                  "there is no tag \"gone\" in namespace \"shop\""));
}

TEST(answers_that_come_while_a_stream_is_suspended_are_dropped)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    struct import_plan due = plan(&world);
    struct check_result result = result_of(&world, &due.checks[0], A);

    world.annotations = "\"weir.dev/suspend\":\"true\"";
    (void)record(&world, &result, 1);
    CHECK(world.last.status.count == 0 && world.memory[0].checked == 0);
}

TEST(a_source_that_nothing_can_be_made_of_is_told)
{
    struct world world =
        world_of("{\"name\":\"a\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"UPPER CASE\"}}");

    CHECK(record(&world, NULL, 0) && plan(&world).count == 0);
    CHECK_STR(tag_of(&world, "a")->failure.reason, STR("Invalid"));
    CHECK_STR(tag_of(&world, "a")->failure.message,
              STR("DockerImage \"UPPER CASE\" is nothing that a tag can follow"));
    CHECK_STR(ready(&world)->reason, STR("Invalid"));
}

TEST(insecure_alone_takes_no_record_away)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.tags = "{\"name\":\"a\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"quay.io/x/y:1\"},"
                 "\"importPolicy\":{\"insecure\":true}}";
    world.annotations = "\"weir.dev/import\":\"1\"";
    CHECK(answer(&world, NULL, REGISTRY_FAILURE_UNREACHABLE) == 1);
    CHECK(tag_of(&world, "a")->details.last_checked.known);
    CHECK_STR(ready(&world)->status, STR("True"));
}

/* What OpenShift's controller makes of the same (openshift/api v1 ImageStream, AddTagEvent), and what
 * differs. */
TEST(events_against_the_newest_one)
{
    static const struct {
        const char *name;
        const char *image; /* of the second import */
        const char *digest;
        size_t events;
        int64_t generation;
    } rows[] = {
        {"the same again: its generation alone", "quay.io/x/y:1", A, 1, 2},
        {"another digest: prepended", "quay.io/x/y:1", B, 2, 2},
        {"another repository with the same digest: prepended", "quay.io/x/z:1", A, 2, 2},
        {"another of both: prepended", "quay.io/x/z:1", B, 2, 2},
        {"another tag of the same digest: its generation alone", "quay.io/x/y:2", A, 1, 2},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
        struct text tags;

        (void)answer(&world, A, REGISTRY_FAILURE_NONE);
        text_init(&tags, &arena, 1000);
        text_addf(&tags, "{\"name\":\"a\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"%s\"}}",
                  rows[i].image);
        world.tags = arena_cstr(&arena, text_str(&tags));
        world.annotations = "\"weir.dev/import\":\"1\"";
        world.generation = 2;
        world.now += 10;
        CHECK(answer(&world, rows[i].digest, REGISTRY_FAILURE_NONE) == 1);
        CHECK_ROW(tag_of(&world, "a")->count == rows[i].events, "%s", rows[i].name);
        CHECK_ROW(tag_of(&world, "a")->events[0].generation == rows[i].generation, "%s", rows[i].name);
        CHECK_ROW(tag_of(&world, "a")->events[0].created == world.now - (rows[i].events == 1 ? 10 : 0), "%s",
                  rows[i].name);
    }
}

TEST(what_is_no_digest_is_no_image)
{
    static const struct {
        const char *image;
        const char *digest;
    } rows[] = {
        {"quay.io/x/y:1", ""},
        {"quay.io/x/y:1", "sha256:abc"},
        {"quay.io/x/y@" A, B},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world world;
        struct text tags;

        text_init(&tags, &arena, 1000);
        text_addf(&tags, "{\"name\":\"a\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"%s\"}}",
                  rows[i].image);
        world = world_of(arena_cstr(&arena, text_str(&tags)));
        CHECK(answer(&world, rows[i].digest, REGISTRY_FAILURE_NONE) == 1);
        CHECK_ROW(tag_of(&world, "a")->count == 0, "%s", rows[i].digest);
        CHECK_STR(tag_of(&world, "a")->failure.reason, STR("Invalid"));
    }
}

TEST(a_process_that_knows_nothing_records_the_same)
{
    struct world one = world_of(SCHEDULED("a", "quay.io/x/y:1") "," FOLLOWS("b", "a"));
    struct world other = one;
    const char *const said[] = {A, A, B, NULL, NULL, A, B, B};

    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        struct import_plan due = plan(&one);
        struct check_result result = result_of(&one, &due.checks[0], said[i]);

        result.failure = said[i] ? REGISTRY_FAILURE_NONE : REGISTRY_FAILURE_NOT_FOUND;
        result.message = said[i] ? STR("") : STR("gone");
        other.now = one.now;
        other.memory_count = 0;
        (void)record(&one, &result, 1);
        (void)record(&other, &result, 1);
        CHECK_STR(other.status, one.status);
        one.now = plan(&one).next;
    }
    CHECK(tag_of(&one, "b")->count == 4);
}

TEST(a_conflict_does_not_count_an_attempt_twice)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    struct import_plan due;
    struct check_result result;
    struct str before;

    (void)answer(&world, NULL, REGISTRY_FAILURE_NOT_FOUND);
    world.now = plan(&world).next;
    due = plan(&world);
    result = result_of(&world, &due.checks[0], NULL);
    result.failure = REGISTRY_FAILURE_NOT_FOUND;
    result.message = STR("the registry says no");
    before = world.status;
    (void)record(&world, &result, 1);
    CHECK(tag_of(&world, "a")->details.attempts == 2);
    world.status = before; /* it was not taken */
    (void)record(&world, &result, 1);
    CHECK(tag_of(&world, "a")->details.attempts == 2);
}

TEST(the_status_of_a_stream_of_a_thousand_tags_is_sorted)
{
    struct text tags;
    struct world world;

    text_init(&tags, &arena, 1 << 20);
    for (int i = 999; i >= 0; i--)
        text_addf(
            &tags,
            "%s{\"name\":\"t%03d\",\"reference\":true,\"from\":{\"kind\":\"DockerImage\",\"name\":\"x:%d\"}}",
            i < 999 ? "," : "", i, i);
    world = world_of(arena_cstr(&arena, text_str(&tags)));
    CHECK(record(&world, NULL, 0) && world.last.status.count == 1000);
    for (size_t i = 1; i < world.last.status.count; i++)
        CHECK(str_compare(world.last.status.tags[i - 1].details.tag, world.last.status.tags[i].details.tag) <
              0);
}

TEST_MAIN()
