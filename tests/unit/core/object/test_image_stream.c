/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/image_stream.h"

#include "test.h"

#include <string.h>

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX

static struct arena arena;

static const struct {
    struct str kind;
    struct str name;
    struct str namespace;
    enum tag_source_kind source;
    struct str normalized; /* IMAGE */
    struct str repository; /* IMAGE */
    struct str stream;
    struct str tag; /* IMAGE: its tag; STREAM_TAG: the tag followed */
    struct str digest;
} sources[] = {
    {STR_INIT("DockerImage"),
     STR_INIT("odoo:13"),
     {NULL, 0},
     TAG_SOURCE_IMAGE,
     STR_INIT("docker.io/library/odoo:13"),
     STR_INIT("docker.io/library/odoo"),
     {NULL, 0},
     STR_INIT("13"),
     {NULL, 0}},
    {STR_INIT("DockerImage"),
     STR_INIT("quay.io/a/b"),
     {NULL, 0},
     TAG_SOURCE_IMAGE,
     STR_INIT("quay.io/a/b"),
     STR_INIT("quay.io/a/b"),
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("DockerImage"),
     STR_INIT("docker.io/library/odoo:13"),
     {NULL, 0},
     TAG_SOURCE_IMAGE,
     STR_INIT("docker.io/library/odoo:13"),
     STR_INIT("docker.io/library/odoo"),
     {NULL, 0},
     STR_INIT("13"),
     {NULL, 0}},
    {STR_INIT("DockerImage"),
     STR_INIT("r.example:5000/a@" DIGEST),
     STR_INIT("other"),
     TAG_SOURCE_IMAGE,
     STR_INIT("r.example:5000/a@" DIGEST),
     STR_INIT("r.example:5000/a"),
     {NULL, 0},
     {NULL, 0},
     STR_INIT(DIGEST)},
    {STR_INIT("DockerImage"),
     STR_INIT("Not An Image"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("DockerImage"),
     STR_INIT("a@sha256:beef"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("DockerImage"),
     STR_INIT(""),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("odoo:13"),
     {NULL, 0},
     TAG_SOURCE_STREAM_TAG,
     {NULL, 0},
     {NULL, 0},
     STR_INIT("odoo"),
     STR_INIT("13"),
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("odoo:13"),
     STR_INIT("images"),
     TAG_SOURCE_STREAM_TAG,
     {NULL, 0},
     {NULL, 0},
     STR_INIT("odoo"),
     STR_INIT("13"),
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("13"),
     {NULL, 0},
     TAG_SOURCE_STREAM_TAG,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     STR_INIT("13"),
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("13"),
     STR_INIT("shop"),
     TAG_SOURCE_STREAM_TAG,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     STR_INIT("13"),
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("13"),
     STR_INIT("images"),
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("a:b:c"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT(":b"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("a:"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("a/b:c"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("a@" DIGEST),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT("a..b:c"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamTag"),
     STR_INIT(""),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamImage"),
     STR_INIT("odoo@" DIGEST),
     {NULL, 0},
     TAG_SOURCE_STREAM_IMAGE,
     {NULL, 0},
     {NULL, 0},
     STR_INIT("odoo"),
     {NULL, 0},
     STR_INIT(DIGEST)},
    {STR_INIT("ImageStreamImage"),
     STR_INIT(DIGEST),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamImage"),
     STR_INIT("odoo@sha256:beef"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("ImageStreamImage"),
     STR_INIT("odoo:13"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT("dockerimage"),
     STR_INIT("odoo:13"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
    {STR_INIT(""),
     STR_INIT("odoo:13"),
     {NULL, 0},
     TAG_SOURCE_NONE,
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0},
     {NULL, 0}},
};

TEST(works_out_what_a_tag_follows)
{
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        struct stream_tag tag = {.name = STR("t"),
                                 .has_from = true,
                                 .from_kind = sources[i].kind,
                                 .from_name = sources[i].name,
                                 .from_namespace = sources[i].namespace};
        struct image_stream stream = {
            .namespace = STR("shop"), .name = STR("s"), .tags = &tag, .tag_count = 1};
        const struct stream_tag *got = &tag;

        image_stream_prepare(&arena, &stream);
        CHECK_ROW(got->source == sources[i].source, "row %zu: %d", i, (int)got->source);
        CHECK_STR(got->source_normalized, sources[i].normalized);
        CHECK_STR(got->source_repository, sources[i].repository);
        CHECK_STR(got->source_digest, sources[i].digest);
        CHECK_STR(got->stream, sources[i].stream);
        CHECK_STR(got->source == TAG_SOURCE_IMAGE ? got->source_tag : got->stream_tag, sources[i].tag);
        CHECK_ROW(got->source_askable == (got->source == TAG_SOURCE_IMAGE), "row %zu", i);
    }
    arena_release(&arena);
}

TEST(a_source_without_a_registry_cannot_be_asked)
{
    struct stream_tag tag = {
        .has_from = true, .from_kind = STR("DockerImage"), .from_name = STR("exa_mple.com/x:1")};
    struct image_stream stream = {.tags = &tag, .tag_count = 1};

    image_stream_prepare(&arena, &stream);
    CHECK(tag.source == TAG_SOURCE_IMAGE && !tag.source_askable);
    arena_release(&arena);
}

TEST(a_tag_without_from_follows_nothing)
{
    struct stream_tag tag = {.from_kind = STR("DockerImage"), .from_name = STR("odoo")};
    struct image_stream stream = {.tags = &tag, .tag_count = 1};

    image_stream_prepare(&arena, &stream);
    CHECK(tag.source == TAG_SOURCE_NONE);
}

TEST(lists_are_sorted_and_the_last_of_equal_names_wins)
{
    struct stream_tag tags[] = {{.name = STR("b"), .reference = true},
                                {.name = STR("c")},
                                {.name = STR("a")},
                                {.name = STR("b"), .local = true},
                                {.name = STR("B")}};
    struct tag_event old = {.image = STR("old")};
    struct tag_event new = {.image = STR("new")};
    struct tag_history histories[] = {{.tag = STR("z"), .events = &old, .count = 1},
                                      {.tag = STR("y")},
                                      {.tag = STR("z"), .events = &new, .count = 1}};
    struct image_stream stream = {.tags = tags, .tag_count = 5, .histories = histories, .history_count = 3};
    struct str names[] = {STR("B"), STR("a"), STR("b"), STR("c")};

    image_stream_prepare(&arena, &stream);
    CHECK(stream.tag_count == 4 && stream.history_count == 2);
    for (size_t i = 0; i < 4; i++)
        CHECK_STR(stream.tags[i].name, names[i]);
    CHECK(image_stream_tag(&stream, STR("b"))->local && !image_stream_tag(&stream, STR("b"))->reference);
    CHECK(image_stream_tag(&stream, STR("d")) == NULL);
    CHECK_STR(image_stream_latest(&stream, STR("z"))->image, STR("new"));
    CHECK(image_stream_history(&stream, STR("y")) != NULL && image_stream_latest(&stream, STR("y")) == NULL);
    CHECK(image_stream_history(&stream, STR("x")) == NULL && image_stream_latest(&stream, STR("x")) == NULL);
    arena_release(&arena);
}

TEST(works_out_what_an_event_points_to)
{
    static const struct {
        struct str image;
        struct str reference;
        bool valid;
        struct str repository;
    } rows[] = {
        {STR_INIT(DIGEST), STR_INIT("docker.io/library/odoo@" DIGEST), true,
         STR_INIT("docker.io/library/odoo")},
        {STR_INIT(DIGEST), STR_INIT("odoo@" DIGEST), true, STR_INIT("docker.io/library/odoo")},
        {STR_INIT(DIGEST), STR_INIT("index.docker.io/a/b:1"), true, STR_INIT("docker.io/a/b")},
        {STR_INIT(DIGEST), STR_INIT(""), true, STR_INIT("")},
        {STR_INIT(DIGEST), STR_INIT("no good"), true, STR_INIT("")},
        {STR_INIT("sha256:beef"), STR_INIT("r.example/a:1"), false, STR_INIT("r.example/a")},
        {STR_INIT(""), STR_INIT("r.example/a:1"), false, STR_INIT("r.example/a")},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct tag_event event = {.image = rows[i].image, .reference = rows[i].reference};
        struct tag_history history = {.tag = STR("t"), .events = &event, .count = 1};
        struct image_stream stream = {.histories = &history, .history_count = 1};

        image_stream_prepare(&arena, &stream);
        CHECK_ROW(event.image_valid == rows[i].valid, "row %zu", i);
        CHECK_STR(event.repository, rows[i].repository);
    }
    arena_release(&arena);
}

TEST_MAIN()
