/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "stream_world.h"

TEST(the_streams_that_tags_name_are_the_targets)
{
    struct world world = world_of(FOLLOWS("a", "b") "," FOLLOWS("b", "web:c") "," FOLLOWS(
        "c", "os:1") ","
                     "{\"name\":\"d\",\"from\":{\"kind\":\"ImageStreamImage\",\"name\":\"os@" A
                     "\",\"namespace\":\"base\"}}," IMAGE_TAG("e", "quay.io/x/y:1"));
    struct import_view view = view_of(&world);
    const struct import_target *targets;

    CHECK(import_view_targets(&arena, view.self.stream, &targets) == 2);
    CHECK_STR(targets[0].namespace, STR("shop"));
    CHECK_STR(targets[0].name, STR("os"));
    CHECK_STR(targets[1].namespace, STR("base"));
    CHECK_STR(targets[1].name, STR("os"));
}

TEST(an_annotation_of_the_tag_comes_before_the_streams)
{
    struct world world =
        world_of("{\"name\":\"a\",\"annotations\":{\"weir.dev/soak\":\"1h\"}},{\"name\":\"b\"}");
    struct import_view view;

    world.annotations = "\"weir.dev/soak\":\"30m\",\"weir.dev/interval\":\"soon\",\"weir.dev/x\":\"100ms\"";
    view = view_of(&world);
    CHECK(import_view_seconds(&view, STR("a"), STR("weir.dev/soak")) == 3600);
    CHECK(import_view_seconds(&view, STR("b"), STR("weir.dev/soak")) == 1800);
    CHECK(import_view_seconds(&view, (struct str){NULL, 0}, STR("weir.dev/soak")) == 1800);
    CHECK(import_view_seconds(&view, STR("a"), STR("weir.dev/interval")) == IMPORT_VIEW_UNREADABLE);
    CHECK(import_view_seconds(&view, STR("a"), STR("weir.dev/x")) == IMPORT_VIEW_UNREADABLE);
    CHECK(import_view_seconds(&view, STR("a"), STR("weir.dev/y")) == 0);
}

TEST(a_request_is_one_until_the_status_has_it)
{
    struct world world = world_of("");
    struct import_view view = view_of(&world);
    uint64_t first;

    CHECK(import_view_request(&view) == 0);
    world.annotations = "\"weir.dev/import\":\"1\"";
    view = view_of(&world);
    first = import_view_request(&view);
    CHECK(first != 0);
    world.annotations = "\"weir.dev/import\":\"2\"";
    view = view_of(&world);
    CHECK(import_view_request(&view) != 0 && import_view_request(&view) != first);
    world.status = STR("{\"importRequested\":\"2\"}");
    view = view_of(&world);
    CHECK(import_view_request(&view) == 0);
}

TEST(memory_is_found_with_and_without_an_index)
{
    struct world world = world_of("");
    struct import_view view = view_of(&world);

    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < world.memory_count; i++)
            CHECK(import_view_memory(&view, world.memory[i].tag) == &world.memory[i]);
        CHECK(import_view_memory(&view, STR("zzz")) == NULL);
        import_view_index(&arena, &view);
    }
}

TEST_MAIN()
