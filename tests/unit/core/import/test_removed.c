/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

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

TEST(a_removed_tag_goes_when_nothing_has_used_it_for_the_grace)
{
    static struct str used[] = {STR_INIT(A)};
    static const struct import_usage in_use = {used, 1};
    static const struct import_usage none = {NULL, 0};
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));

    world.settings.image_grace = 86400;
    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.tags = "";
    (void)record(&world, NULL, 0);
    world.now += 1000000;
    CHECK(!record(&world, NULL, 0)); /* nothing is known of what is used */
    world.usage = &none;
    CHECK(record(&world, NULL, 0) && tag_of(&world, "a")->details.unused_since.at == world.now);
    world.usage = &in_use;
    CHECK(record(&world, NULL, 0) && !tag_of(&world, "a")->details.unused_since.known);
    world.usage = &none;
    (void)record(&world, NULL, 0);
    world.now += 86399;
    CHECK(!record(&world, NULL, 0));
    world.now++;
    CHECK(record(&world, NULL, 0) && world.last.status.count == 0);
}

TEST(a_tag_that_others_recorded_is_left_alone)
{
    static const struct import_usage none = {NULL, 0};
    struct world world = world_of("{\"name\":\"b\"}");

    world.settings.image_grace = 60;
    world.usage = &none;
    world.status = STR("{\"tags\":[{\"tag\":\"a\",\"items\":[{\"created\":\"2026-01-01T00:00:00Z\","
                       "\"dockerImageReference\":\"quay.io/os@" A "\",\"image\":\"" A "\"}]},"
                       "{\"tag\":\"b\",\"items\":[{\"dockerImageReference\":\"quay.io/os@" B
                       "\",\"image\":\"" B "\"}]}]}");
    (void)record(&world, NULL, 0);
    world.now += 1000000;
    CHECK(!record(&world, NULL, 0) && world.last.status.count == 2);
    CHECK(!tag_of(&world, "a")->details.removed_since.known && tag_of(&world, "b")->count == 1);
}

TEST(a_tag_that_never_had_a_record_leaves_none)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));

    (void)answer(&world, NULL, REGISTRY_FAILURE_NOT_FOUND);
    world.tags = "";
    CHECK(record(&world, NULL, 0) && world.last.status.count == 0);
}

TEST(a_tag_that_follows_nothing_any_more_keeps_its_record)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));

    (void)answer(&world, A, REGISTRY_FAILURE_NONE);
    world.annotations = "\"weir.dev/import\":\"1\"";
    (void)answer(&world, NULL, REGISTRY_FAILURE_NOT_FOUND);
    world.tags = "{\"name\":\"a\"}";
    CHECK(record(&world, NULL, 0) && plan(&world).next == INT64_MAX);
    CHECK(!tag_of(&world, "a")->failed && tag_of(&world, "a")->count == 1);
    CHECK(!tag_of(&world, "a")->details.removed_since.known);
    CHECK_STR(ready(&world)->status, STR("True"));
}

TEST_MAIN()
