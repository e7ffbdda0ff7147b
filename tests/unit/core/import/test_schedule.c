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

TEST_MAIN()
