/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

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
    world.others[world.other_count++] = decode(stream_json("base", "os", &other));
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

#define EVENTS_OF_A                                                                                          \
    "{\"tags\":[{\"tag\":\"1\",\"items\":[{\"created\":\"1970-01-02T00:00:00Z\",\"dockerImageReference\":"   \
    "\"quay.io/os@" A "\",\"image\":\"" A "\"}]}]}"
#define IMAGE_OF(name, target)                                                                               \
    "{\"name\":\"" name "\",\"from\":{\"kind\":\"ImageStreamImage\",\"name\":\"" target "\"}}"

static struct world with_other(const char *tags, const char *status)
{
    struct world world = world_of(tags);
    struct world other = world_of("");

    other.status = str_from_c(status);
    world.others[world.other_count++] = decode(stream_json("shop", "os", &other));
    return world;
}

TEST(a_digest_of_a_stream_is_taken_over_once)
{
    struct world world = with_other(IMAGE_OF("a", "os@" A) "," IMAGE_OF("b", "os@" B), EVENTS_OF_A);

    CHECK(record(&world, NULL, 0));
    CHECK_STR(tag_of(&world, "a")->events[0].reference, STR("quay.io/os@" A));
    CHECK_STR(tag_of(&world, "b")->failure.reason, STR("NotFound"));
    world.other_count = 0;
    CHECK(!record(&world, NULL, 0)); /* it stays, whatever becomes of the stream */
}

TEST(a_tag_goes_back_to_a_digest_of_its_own_history)
{
    struct world world = world_of(SCHEDULED("a", "quay.io/x/y:1"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    (void)answer_next(&world, B);
    world.tags = IMAGE_OF("a", "web@" A);
    world.now += 5;
    CHECK(record(&world, NULL, 0));
    CHECK_STR(tag_of(&world, "a")->events[0].image, STR(A));
    CHECK(tag_of(&world, "a")->count == 3 && tag_of(&world, "a")->events[0].created == world.now);
    CHECK(!tag_of(&world, "a")->details.last_checked.known && plan(&world).next == INT64_MAX);
    CHECK_STR(ready(&world)->status, STR("True"));
}

TEST(what_a_followed_tag_does_is_followed_and_its_end_leaves_the_record)
{
    struct world world = with_other(FOLLOWS("a", "os:1") "," FOLLOWS("b", "a"), EVENTS_OF_A);

    CHECK(record(&world, NULL, 0));
    CHECK(tag_of(&world, "b")->events[0].created == 86400 && world.last.moves[0].kind == MOVE_FOLLOWED);
    world.other_count = 0;
    CHECK(record(&world, NULL, 0));
    CHECK_STR(tag_of(&world, "a")->failure.reason, STR("NotFound"));
    CHECK(tag_of(&world, "a")->count == 1 && !tag_of(&world, "b")->failed);
    CHECK_STR(ready(&world)->reason, STR("NotFound"));
}

TEST(chains_of_sixteen_are_followed_and_longer_ones_are_not)
{
    struct text tags;
    struct world world;

    text_init(&tags, &arena, 10000);
    for (int i = 0; i < 18; i++)
        text_addf(&tags, "{\"name\":\"t%02d\",\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"t%02d\"}},", i,
                  i + 1);
    text_add_c(&tags, IMAGE_TAG("t18", "quay.io/x/y:1"));
    world = world_of(arena_cstr(&arena, text_str(&tags)));
    world.memory[0].tag = STR("t18");
    CHECK(answer(&world, A, REGISTRY_FAILURE_NONE) == 1);
    CHECK_STR(tag_of(&world, "t01")->failure.message, STR("it follows more than 16 tags in a row"));
    CHECK(tag_of(&world, "t00")->failed && !tag_of(&world, "t02")->failed);
    CHECK_STR(tag_of(&world, "t02")->events[0].image, STR(A));
}

TEST(a_cycle_through_another_stream_is_named)
{
    struct world world = world_of(FOLLOWS("a", "os:1"));
    struct world other = world_of(FOLLOWS("1", "web:a"));

    world.others[world.other_count++] = decode(stream_json("shop", "os", &other));
    (void)record(&world, NULL, 0);
    CHECK_STR(tag_of(&world, "a")->failure.message,
              STR("the tags follow each other: shop/web:a -> shop/os:1 -> shop/web:a"));
}

TEST_MAIN()
