/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/schedule.h"

#include "test.h"

#include "stream_world.h"

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

TEST(tags_spread_over_the_interval)
{
    struct world world = world_of("");
    struct import_view view = view_of(&world);
    size_t quarters[4] = {0};

    for (int i = 0; i < 400; i++) {
        struct text name;
        int64_t at;

        text_init(&name, &arena, 16);
        text_addf(&name, "tag%d", i);
        at = import_schedule_after(&view, text_str(&name), 900, 1000000);
        CHECK(at > 1000000 && at <= 1000900);
        CHECK(import_schedule_after(&view, text_str(&name), 900, at - 1) == at);
        quarters[(at - 1000001) / 225]++;
    }
    for (size_t i = 0; i < ARRAY_LEN(quarters); i++)
        CHECK(quarters[i] > 60 && quarters[i] < 140);
}

TEST(only_a_scheduled_tag_of_a_registry_without_a_digest_has_an_interval)
{
    static const struct {
        const char *tag;
        const char *annotations;
        int64_t want;
    } rows[] = {
        {SCHEDULED("a", "quay.io/x/y:1"), NULL, 900},
        {IMAGE_TAG("a", "quay.io/x/y:1"), NULL, 0},
        {SCHEDULED("a", "quay.io/x/y@" A), NULL, 0},
        {"{\"name\":\"a\",\"reference\":true,\"from\":{\"kind\":\"DockerImage\",\"name\":\"x\"},"
         "\"importPolicy\":"
         "{\"scheduled\":true}}",
         NULL, 0},
        {"{\"name\":\"a\",\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"b\"},\"importPolicy\":{"
         "\"scheduled\":true}}",
         NULL, 0},
        {SCHEDULED("a", "quay.io/x/y:1"), "\"weir.dev/interval\":\"2h\"", 7200},
        {SCHEDULED("a", "quay.io/x/y:1"), "\"weir.dev/interval\":\"1s\"", 60},
        {SCHEDULED("a", "quay.io/x/y:1"), "\"weir.dev/interval\":\"-5m\"", 900},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world world = world_of(rows[i].tag);
        struct import_view view;

        world.annotations = rows[i].annotations;
        view = view_of(&world);
        CHECK_ROW(import_schedule_interval(&view, image_stream_tag(view.self.stream, STR("a"))) ==
                      rows[i].want,
                  "row %zu", i);
    }
}

TEST_MAIN()
