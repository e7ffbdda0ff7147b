/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/source.h"

#include "test.h"

#include "stream_world.h"

TEST(a_line_tells_what_an_attempt_depends_on)
{
    static const struct {
        const char *rest; /* of the tag */
        const char *line;
    } rows[] = {
        {"", ""},
        {",\"from\":{\"kind\":\"DockerImage\",\"name\":\"mariadb:10.2\"}",
         "DockerImage docker.io/library/mariadb:10.2"},
        {",\"from\":{\"kind\":\"DockerImage\",\"name\":\"mariadb\",\"namespace\":\"x\"}",
         "DockerImage docker.io/library/mariadb"},
        {",\"reference\":true,\"from\":{\"kind\":\"DockerImage\",\"name\":\"mariadb\"}",
         "DockerImage docker.io/library/mariadb reference"},
        {",\"from\":{\"kind\":\"DockerImage\",\"name\":\"q.io/"
         "a:1\"},\"importPolicy\":{\"importMode\":\"Legacy\"}",
         "DockerImage q.io/a:1 Legacy"},
        {",\"from\":{\"kind\":\"DockerImage\",\"name\":\"q.io/"
         "a:1\"},\"importPolicy\":{\"importMode\":\"Legacy\","
         "\"insecure\":true,\"scheduled\":true}",
         "DockerImage q.io/a:1 Legacy insecure"},
        {",\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"os:1\"}", "ImageStreamTag os:1"},
        {",\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"os:1\",\"namespace\":\"base\"}",
         "ImageStreamTag base/os:1"},
        {",\"from\":{\"kind\":\"ImageStreamImage\",\"name\":\"os@" A "\"}", "ImageStreamImage os@" A},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct text tag;
        struct world world;
        struct import_view view;

        text_init(&tag, &arena, 1000);
        text_addf(&tag, "{\"name\":\"a\"%s}", rows[i].rest);
        world = world_of(arena_cstr(&arena, text_str(&tag)));
        view = view_of(&world);
        CHECK_STR(import_source_line(&arena, &view, image_stream_tag(view.self.stream, STR("a"))),
                  str_from_c(rows[i].line));
    }
}

TEST(insecure_alone_is_a_change_where_the_last_attempt_failed)
{
    static const struct {
        const char *line, *source;
        bool failed, same;
    } rows[] = {
        {"DockerImage a", "DockerImage a", false, true},
        {"DockerImage a", "DockerImage a", true, true},
        {"DockerImage a insecure", "DockerImage a", false, true},
        {"DockerImage a", "DockerImage a insecure", false, true},
        {"DockerImage a insecure", "DockerImage a", true, false},
        {"DockerImage a", "DockerImage b", false, false},
        {"DockerImage a", "", false, false},
        {"DockerImage a Legacy", "DockerImage a", false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_ROW(import_source_is_of(str_from_c(rows[i].line), str_from_c(rows[i].source), rows[i].failed) ==
                      rows[i].same,
                  "row %zu", i);
}

TEST(a_tag_of_a_repository_is_one_as_if_the_spec_had_it)
{
    struct world world = world_of(IMAGE_TAG("a", "quay.io/x/y:1"));
    const struct stream_tag *tag;
    struct import_view view;

    view = view_of(&world);
    CHECK(import_source_tag(&arena, &view, STR("1")) == NULL);
    world.repository = "odoo";
    world.annotations = "\"openshift.io/image.insecureRepository\":\"true\"";
    view = view_of(&world);
    tag = import_source_tag(&arena, &view, STR("1"));
    CHECK(tag && tag->insecure && import_view_is_importable(tag));
    CHECK_STR(import_source_line(&arena, &view, tag), STR("DockerImage docker.io/library/odoo:1 insecure"));
    CHECK_STR(import_source_repository_line(&arena, &view),
              STR("DockerImage docker.io/library/odoo insecure"));
    CHECK(import_source_tag(&arena, &view, STR("a")) == image_stream_tag(view.self.stream, STR("a")));
}

TEST_MAIN()
