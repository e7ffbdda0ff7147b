/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/record.h"

#include "base/json/read.h"
#include "core/import/schedule.h"
#include "core/object/decode.h"

#include "test.h"

/* A stream that lives: its spec is set, checks are answered, its status is what was written last. */

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define IMAGE_TAG(name, image)                                                                               \
    "{\"name\":\"" name "\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"" image "\"}}"
#define SCHEDULED(name, image)                                                                               \
    "{\"name\":\"" name "\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"" image                            \
    "\"},\"importPolicy\":{\"scheduled\":true}}"
#define FOLLOWS(name, target)                                                                                \
    "{\"name\":\"" name "\",\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"" target "\"}}"

static struct arena arena;
static const struct import_settings settings = {
    .interval = 900, .interval_min = 60, .retry_pause = 30, .record_checks = 3600, .notified_after = 1};

struct world {
    const char *annotations; /* of the stream: members of a JSON object */
    const char *tags;
    int64_t generation;
    struct str status; /* JSON */
    struct import_stream others[4];
    size_t other_count;
    struct str_list shared;
    struct import_memory memory[8];
    size_t memory_count;
    int64_t now;
    struct import_change last;
    size_t writes;
};

static struct import_stream decode(const char *name, struct str json)
{
    struct text_pool *texts = ARENA_NEW(&arena, struct text_pool);
    struct stream_details *details = ARENA_NEW(&arena, struct stream_details);
    struct cluster_object object;
    struct value *value;
    struct error err;

    (void)name;
    text_pool_init(texts, &arena);
    if (json_read(&arena, json, &value, &err) < 0 || object_decode(texts, value, NULL, &object, &err) < 0 ||
        stream_details_decode(&arena, value, details, &err) < 0) {
        fprintf(stderr, "%s\n%.*s\n", err.text, (int)json.len, json.ptr);
        abort();
    }
    return (struct import_stream){object.as.stream, details};
}

static struct str stream_json(const char *namespace, const char *name, const struct world *world)
{
    struct text json;

    text_init(&json, &arena, 1 << 20);
    text_addf(
        &json,
        "{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"ImageStream\",\"metadata\":{\"namespace\":\"%s\","
        "\"name\":\"%s\",\"uid\":\"u-%s\",\"generation\":%lld,\"annotations\":{%s}},\"spec\":{\"tags\":[%s]},"
        "\"status\":" STR_FMT "}",
        namespace, name, name, (long long)world->generation, world->annotations ? world->annotations : "",
        world->tags, STR_ARG(world->status));
    return text_str(&json);
}

static struct world world_of(const char *tags)
{
    struct world world = {.tags = tags, .generation = 1, .status = STR("{}"), .now = 1000000};
    static const char *const names[] = {"a", "b", "c", "d", "latest", "1", "2", "3"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        world.memory[world.memory_count++].tag = str_from_c(names[i]);
    return world;
}

static struct import_view view_of(struct world *world)
{
    return (struct import_view){
        .self = decode("web", stream_json("shop", "web", world)),
        .others = world->others,
        .other_count = world->other_count,
        .shared = &world->shared,
        .settings = &settings,
        .memory = world->memory,
        .memory_count = world->memory_count,
        .now = world->now,
        .start = 999000,
    };
}

/* Makes the record of the results and stores its status, as the API server would. */
static bool record(struct world *world, const struct check_result *results, size_t count)
{
    struct import_view view = view_of(world);
    struct text json;
    struct error err;

    import_record_make(&arena, &view, results, count, &world->last);
    text_init(&json, &arena, STATUS_JSON_MAX);
    CHECK(import_status_write(&world->last.status, &json, &err) == 0);
    if (world->last.changed) {
        world->status = text_str(&json);
        world->writes++;
    }
    return world->last.changed;
}

static struct import_plan plan(struct world *world)
{
    struct import_view view = view_of(world);
    struct import_plan ret;

    import_plan_make(&arena, &view, &ret);
    return ret;
}

/* Answers all that is due: `digest`, or with NULL a failure. */
static size_t answer(struct world *world, const char *digest, enum registry_failure failure)
{
    struct import_plan due = plan(world);
    struct check_result results[8] = {{.at = 0}};

    for (size_t i = 0; i < due.count; i++)
        results[i] = (struct check_result){.check = due.checks[i],
                                           .failure = failure,
                                           .digest = str_from_c(digest),
                                           .message = failure ? STR("the registry says no") : STR(""),
                                           .at = world->now};
    (void)record(world, results, due.count);
    return due.count;
}

static const struct recorded_tag *tag_of(struct world *world, const char *name)
{
    const struct recorded_tag *tag = import_status_tag(&world->last.status, str_from_c(name));
    static const struct recorded_tag none;

    CHECK(tag != NULL);
    return tag ? tag : &none;
}

static const struct tag_condition *ready(struct world *world)
{
    return import_status_condition(&world->last.status, STR("Ready"));
}

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

TEST(a_chain_within_a_stream_is_settled_at_once_whatever_its_names)
{
    struct world world = world_of(
        FOLLOWS("a", "b") "," FOLLOWS("b", "c") "," FOLLOWS("c", "d") "," IMAGE_TAG("d", "quay.io/x/y:1"));

    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
    for (size_t i = 0; i < 3; i++)
        CHECK_STR(tag_of(&world, i == 0   ? "a"
                                 : i == 1 ? "b"
                                          : "c")
                      ->events[0]
                      .reference,
                  STR("quay.io/x/y@" A));
    CHECK(world.last.move_count == 4);
    CHECK_STR(ready(&world)->status, STR("True"));
    CHECK(!record(&world, NULL, 0));
}

TEST(tags_that_follow_each_other_are_named)
{
    struct world world = world_of(FOLLOWS("a", "b") "," FOLLOWS("b", "a") "," FOLLOWS("c", "a"));

    CHECK(record(&world, NULL, 0));
    CHECK_STR(tag_of(&world, "a")->failure.reason, STR("Invalid"));
    CHECK_STR(tag_of(&world, "a")->failure.message,
              STR("the tags follow each other: shop/web:a -> shop/web:b -> shop/web:a"));
    CHECK_STR(tag_of(&world, "c")->failure.reason, STR("Invalid"));
    CHECK(!record(&world, NULL, 0));
}

TEST(other_namespaces_are_followed_where_they_are_shared)
{
    static const struct str items[] = {STR_INIT("base")};
    struct world world =
        world_of("{\"name\":\"a\",\"from\":{\"kind\":\"ImageStreamTag\",\"namespace\":\"base\","
                 "\"name\":\"os:1\"}}");
    struct world other = world_of(IMAGE_TAG("1", "quay.io/os:1"));

    other.status = STR("{\"tags\":[{\"tag\":\"1\",\"items\":[{\"created\":\"2026-01-01T00:00:00Z\","
                       "\"dockerImageReference\":\"quay.io/os@" A "\",\"image\":\"" A "\"}]}]}");
    world.others[world.other_count++] = decode("os", stream_json("base", "os", &other));
    (void)record(&world, NULL, 0);
    CHECK_STR(tag_of(&world, "a")->failure.reason, STR("Forbidden"));
    world.shared = (struct str_list){items, 1, true};
    (void)record(&world, NULL, 0);
    CHECK(!tag_of(&world, "a")->failed);
    CHECK_STR(tag_of(&world, "a")->events[0].image, STR(A));
    CHECK(tag_of(&world, "a")->events[0].created == 1767225600);
    world.other_count = 0;
    (void)record(&world, NULL, 0);
    CHECK_STR(tag_of(&world, "a")->failure.reason, STR("NotFound"));
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

TEST(a_tag_that_is_gone_keeps_its_events_and_comes_back)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.tags = "";
    CHECK(record(&world, NULL, 0));
    CHECK(tag_of(&world, "a")->details.removed_since.known && tag_of(&world, "a")->count == 1);
    CHECK(tag_of(&world, "a")->details.source.len == 0);
    CHECK(!record(&world, NULL, 0));
    world.tags = IMAGE_TAG("a", "quay.io/x/y:1");
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
    CHECK(!tag_of(&world, "a")->details.removed_since.known && tag_of(&world, "a")->count == 1);
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

TEST(what_is_not_possible_is_said)
{
    struct world world = world_of(IMAGE_TAG("a", "my_registry.example/x:1") "," FOLLOWS("b", "gone"));

    CHECK(plan(&world).count == 0 && record(&world, NULL, 0));
    CHECK_STR(tag_of(&world, "a")->failure.message, STR("\"my_registry.example/x:1\" names no registry"));
    CHECK_STR(tag_of(&world, "b")->failure.reason, STR("NotFound"));
    CHECK_STR(ready(&world)->message,
              STR("tag \"a\": \"my_registry.example/x:1\" names no registry; tag \"b\": "
                  "there is no tag \"gone\" in namespace \"shop\""));
}

TEST(an_interval_is_no_shorter_than_allowed_and_the_same_for_every_replica)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1") "," SCHEDULED("b", "quay.io/x/y:1"));
    struct import_view view;
    int64_t first, second;

    world.annotations = "\"weir.dev/interval\":\"10s\"";
    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    view = view_of(&world);
    first = import_schedule_after(&view, STR("a"), 60, world.now);
    second = import_schedule_after(&view, STR("a"), 60, first);
    CHECK(second - first == 60 && first > world.now && first <= world.now + 60);
    CHECK(import_schedule_interval(&view, image_stream_tag(view.self.stream, STR("a"))) == 60);
    CHECK(import_schedule_is_refused(&view, STR("a")));
}

TEST_MAIN()
