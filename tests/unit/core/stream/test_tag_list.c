/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/tag_list.h"

#include "base/json/read.h"
#include "base/text.h"
#include "core/object/decode.h"

#include "test.h"

#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER  "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct arena arena;

/* The tags of shop/web with such a spec and status, in order; "!" where the object does not decode. */
static struct str list(const char *tags, const char *histories, bool aliases)
{
    struct text json;
    struct text out;
    struct value *value;
    struct cluster_object object;
    struct stream_details details;
    struct tag_list found;
    struct text_pool *texts = ARENA_NEW(&arena, struct text_pool);
    struct error err;

    text_init(&json, &arena, 1 << 16);
    text_init(&out, &arena, 1 << 16);
    text_pool_init(texts, &arena);
    text_addf(&json,
              "{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"ImageStream\","
              "\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},"
              "\"spec\":{\"tags\":[%s]},\"status\":{\"tags\":[%s]}}",
              tags, histories);
    if (json_read(&arena, text_str(&json), &value, &err) < 0 ||
        object_decode(texts, value, NULL, &object, &err) < 0 ||
        stream_details_decode(&arena, value, &details, &err) < 0)
        return STR("!");
    tag_list_build(&arena, object.as.stream, &details, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct listed_tag *tag = &found.items[i];

        CHECK(tag_list_find(&found, tag->name) == tag);
        text_addf(&out, "%s" STR_FMT, i > 0 ? " " : "", STR_ARG(tag->name));
        if (aliases && tag->shown_with)
            text_addf(&out, ">" STR_FMT, STR_ARG(tag->shown_with->name));
        text_add_c(&out, tag_list_is_behind(tag) ? "?" : "");
    }
    CHECK(!tag_list_find(&found, STR("not-there")));
    return text_str(&out);
}

TEST(puts_tags_in_the_order_in_which_people_look_for_them)
{
    static const struct {
        const char *tags;
        struct str want;
    } rows[] = {
        {"", STR_INIT("")},
        {"{\"name\":\"b\"},{\"name\":\"a\"},{\"name\":\"latest\"}", STR_INIT("latest a b")},
        {"{\"name\":\"1.9\"},{\"name\":\"1.10\"},{\"name\":\"v2\"}", STR_INIT("v2 1.10 1.9")},
        {"{\"name\":\"2\"},{\"name\":\"2.0\"},{\"name\":\"2.1\"}", STR_INIT("2.1 2 2.0")},
        {"{\"name\":\"2-rc1\"},{\"name\":\"2\"},{\"name\":\"1-a\"}", STR_INIT("2 2-rc1 1-a")},
        {"{\"name\":\"dev\"},{\"name\":\"1\"},{\"name\":\"vx\"}", STR_INIT("1 dev vx")},
        {"{\"name\":\"20240501103000999999999\"},{\"name\":\"20240501103000999999998\"}",
         STR_INIT("20240501103000999999999 20240501103000999999998")},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(list(rows[i].tags, "", false), rows[i].want);
}

TEST(has_tags_of_the_status_alone)
{
    CHECK_STR(list("{\"name\":\"b\"}", "{\"tag\":\"a\",\"items\":[]}", false), STR("a b"));
}

#define ALIAS(name, of) "{\"name\":\"" name "\",\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"" of "\"}}"
#define RECORD(tag, digest)                                                                                  \
    "{\"tag\":\"" tag "\",\"items\":[{\"image\":\"" digest                                                   \
    "\",\"dockerImageReference\":\"r.example/web@" digest "\"}]}"

TEST(shows_an_alias_with_its_target_where_it_adds_nothing)
{
    static const struct {
        const char *name;
        const char *tags;
        const char *histories;
        struct str want;
    } rows[] = {
        {"without a record", "{\"name\":\"a\"}," ALIAS("b", "a"), RECORD("a", DIGEST), STR_INIT("a b>a")},
        {"the same record", "{\"name\":\"a\"}," ALIAS("b", "web:a"),
         RECORD("a", DIGEST) "," RECORD("b", DIGEST), STR_INIT("a b>a")},
        {"another record", "{\"name\":\"a\"}," ALIAS("b", "a"), RECORD("a", DIGEST) "," RECORD("b", OTHER),
         STR_INIT("a b")},
        {"a chain", "{\"name\":\"a\"}," ALIAS("b", "a") "," ALIAS("c", "b"), "", STR_INIT("a b>a c>a")},
        {"a cycle", ALIAS("a", "b") "," ALIAS("b", "a") "," ALIAS("c", "a"), "", STR_INIT("a b c")},
        {"itself", ALIAS("a", "a"), "", STR_INIT("a")},
        {"a target that is not there", ALIAS("b", "a"), "", STR_INIT("b")},
        {"another stream's", "{\"name\":\"a\"}," ALIAS("b", "other:a"), "", STR_INIT("a b")},
        {"another namespace's",
         "{\"name\":\"a\"},{\"name\":\"b\",\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"web:a\","
         "\"namespace\":\"tools\"}}",
         "", STR_INIT("a b")},
        {"a failure", "{\"name\":\"a\"}," ALIAS("b", "a"),
         "{\"tag\":\"b\",\"conditions\":[{\"type\":\"ImportSuccess\",\"status\":\"False\"}]}",
         STR_INIT("a b")},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str got = list(rows[i].tags, rows[i].histories, true);

        CHECK_ROW(str_equal(got, rows[i].want), "%s: " STR_FMT, rows[i].name, STR_ARG(got));
    }
}

#define IMAGE(more) "{\"name\":\"a\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"r.example/web\"}" more "}"

TEST(knows_an_import_that_is_to_come_by_the_generation)
{
    CHECK_STR(list(IMAGE(",\"generation\":2"), "", true), STR("a?"));
    CHECK_STR(list(IMAGE(",\"generation\":2"), "{\"tag\":\"a\",\"items\":[{\"generation\":2}]}", true),
              STR("a"));
    CHECK_STR(list(IMAGE(",\"generation\":2"),
                   "{\"tag\":\"a\",\"conditions\":[{\"status\":\"False\",\"generation\":2}]}", true),
              STR("a"));
    CHECK_STR(list(IMAGE(",\"generation\":2,\"reference\":true"), "", true), STR("a"));
    CHECK_STR(list(IMAGE(""), "", true), STR("a"));
}

TEST(refuses_what_has_another_type)
{
    CHECK_STR(list("{\"name\":\"a\"}", "{\"tag\":\"a\",\"nextCheck\":7}", true), STR("!"));
    CHECK_STR(list("{\"name\":\"a\"}", "{\"tag\":\"a\",\"conditions\":{}}", true), STR("!"));
    CHECK_STR(list("{\"name\":\"a\"}", "{\"tag\":\"a\",\"unheardOf\":{}}", true), STR("a"));
}

TEST_MAIN()
