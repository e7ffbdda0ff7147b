/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/image_presence.h"

#include "test.h"

TEST(remembers_for_an_hour)
{
    struct image_presence *presence = image_presence_new(3);

    CHECK(!image_presence_is_known(presence, STR("sha256:a"), 1));
    image_presence_note(presence, STR("sha256:a"), 1);
    CHECK(image_presence_is_known(presence, STR("sha256:a"), 1));
    CHECK(!image_presence_is_known(presence, STR("sha256:b"), 1));
    CHECK(image_presence_is_known(presence, STR("sha256:a"), IMAGE_PRESENCE_MS));
    CHECK(!image_presence_is_known(presence, STR("sha256:a"), 1 + IMAGE_PRESENCE_MS));
    image_presence_free(presence);
}

TEST_MAIN()
