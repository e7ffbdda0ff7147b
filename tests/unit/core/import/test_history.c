/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

/* "sha256:" and the number, in 64 digits. */
static const char *digest_of(size_t number)
{
    struct text text;

    text_init(&text, &arena, 80);
    text_addf(&text, "sha256:%064zu", number);
    return arena_cstr(&arena, text_str(&text));
}

/* Moves the tags so many times more. */
static void move(struct world *world, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        (void)answer_next(world, digest_of(i));
}

TEST(a_tag_keeps_as_many_events_as_it_may)
{
    static const struct import_usage none = {NULL, 0};
    static const struct {
        const char *annotations;
        size_t limit;
        size_t want;
    } rows[] = {
        {NULL, 5, 5},
        {NULL, 0, 12},
        {"\"weir.dev/history-limit\":\"3\"", 5, 3},
        {"\"weir.dev/history-limit\":\"1\"", 5, 1},
        {"\"weir.dev/history-limit\":\"0\"", 5, 5},
        {"\"weir.dev/history-limit\":\"many\"", 5, 5},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

        world.settings.history_limit = rows[i].limit;
        world.annotations = rows[i].annotations;
        world.usage = &none;
        world.forgets = true;
        (void)answer(&world, digest_of(0), REGISTRY_FAILURE_NONE);
        move(&world, 1, 12);
        CHECK_ROW(tag_of(&world, "a")->count == rows[i].want, "row %zu", i);
        CHECK_STR(tag_of(&world, "a")->events[0].image, str_from_c(digest_of(11)));
    }
}

TEST(what_is_used_stays_and_nothing_goes_before_that_is_known)
{
    struct str used[] = {str_from_c(digest_of(1)), str_from_c(digest_of(3))};
    const struct import_usage usage = {used, 2};
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

    world.settings.history_limit = 2;
    (void)answer(&world, digest_of(0), REGISTRY_FAILURE_NONE);
    move(&world, 1, 6);
    CHECK(tag_of(&world, "a")->count == 6);
    world.usage = &usage;
    CHECK(!record(&world, NULL, 0)); /* with the next write, not for its own sake */
    move(&world, 6, 7);
    CHECK(tag_of(&world, "a")->count == 4);
    CHECK_STR(tag_of(&world, "a")->events[1].image, str_from_c(digest_of(5)));
    CHECK_STR(tag_of(&world, "a")->events[2].image, str_from_c(digest_of(3)));
    CHECK_STR(tag_of(&world, "a")->events[3].image, str_from_c(digest_of(1)));
}

TEST(an_object_stays_below_its_limit_and_says_so)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1") "," SCHEDULED("b", "quay.io/x/z:1"));
    struct text json;
    struct error err;

    world.settings.object_limit = 20000;
    world.object_size = 2000;
    (void)answer(&world, digest_of(0), REGISTRY_FAILURE_NONE);
    for (size_t i = 1; i < 100; i++)
        move(&world, i, i + 1);
    text_init(&json, &arena, STATUS_JSON_MAX);
    CHECK(import_status_write(&world.last.status, &json, &err) == 0);
    CHECK(json.len + world.object_size <= 20000 && json.len > 15000);
    CHECK(tag_of(&world, "a")->count > 20 && tag_of(&world, "b")->count > 20);
    CHECK_STR(ready(&world)->status, STR("True"));
    CHECK_STR(ready(&world)->message,
              STR("the object is as large as it may be: the oldest of the longest histories go"));
}

TEST(the_newest_events_stay_whatever_the_limit)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

    world.settings.object_limit = 10;
    world.forgets = true;
    (void)answer(&world, digest_of(0), REGISTRY_FAILURE_NONE);
    move(&world, 1, 3);
    CHECK(tag_of(&world, "a")->count == 1);
    CHECK_STR(tag_of(&world, "a")->events[0].image, str_from_c(digest_of(2)));
}

/* A tag with all that one can have, which must not be taken for smaller than it is. */
TEST(an_object_that_is_just_above_its_limit_is_found)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));
    struct text json;
    struct error err;
    size_t whole;

    world.annotations = "\"weir.dev/soak\":\"30m\"";
    (void)answer(&world, digest_of(0), REGISTRY_FAILURE_NONE);
    world.annotations = NULL;
    for (size_t i = 1; i < 400; i++)
        move(&world, i, i + 1);
    world.annotations = "\"weir.dev/soak\":\"30m\"";
    move(&world, 400, 401);
    world.now = plan(&world).next;
    (void)answer(&world, NULL, REGISTRY_FAILURE_UNREACHABLE);
    text_init(&json, &arena, STATUS_JSON_MAX);
    CHECK(import_status_write(&world.last.status, &json, &err) == 0);
    whole = json.len;
    CHECK(tag_of(&world, "a")->count == 400 && tag_of(&world, "a")->details.has_pending);
    world.settings.object_limit = whole - 1;
    world.generation++;
    CHECK(record(&world, NULL, 0) && tag_of(&world, "a")->count < 400);
    CHECK(str_contains(ready(&world)->message, STR("the object is as large as it may be")));
}

TEST_MAIN()
