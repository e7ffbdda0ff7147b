/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/description_json.h"

#include "base/json/read.h"
#include "base/timestamp.h"
#include "core/object/decode.h"

#include "test.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct arena arena;

/* Read at noon of 2024-05-03. */
static struct stream_subject subject(const char *api_version, const char *json)
{
    struct text text;
    struct value *value = NULL;
    struct cluster_object object;
    struct stream_details *details = ARENA_NEW(&arena, struct stream_details);
    struct tag_list *tags = ARENA_NEW(&arena, struct tag_list);
    struct text_pool *texts = ARENA_NEW(&arena, struct text_pool);
    struct stream_subject ret = {.details = details, .tags = tags};
    struct error err;

    text_init(&text, &arena, 1 << 16);
    text_pool_init(texts, &arena);
    text_addf(&text, "{\"apiVersion\":\"%s\",\"kind\":\"ImageStream\",%s}", api_version, json);
    if (json_read(&arena, text_str(&text), &value, &err) < 0 ||
        object_decode(texts, value, NULL, &object, &err) < 0 ||
        stream_details_decode(&arena, value, details, &err) < 0 ||
        !timestamp_parse(STR("2024-05-03T12:00:00Z"), &ret.now)) {
        printf("Bail out! " STR_FMT "\n", STR_ARG(error_text(&err)));
        exit(1);
    }
    ret.stream = object.as.stream;
    tag_list_build(&arena, ret.stream, details, tags);
    return ret;
}

static struct str described(const char *json)
{
    struct stream_subject of = subject("weir.dev/v1alpha1", json);
    struct text out;

    text_init(&out, &arena, DESCRIPTION_MAX);
    description_text(&out, &of);
    return text_str(&out);
}

/* What is said of tags, without the head. */
static struct str described_tags(const char *spec, const char *status)
{
    struct text json;
    struct str text;

    text_init(&json, &arena, 1 << 16);
    text_addf(&json,
              "\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},\"spec\":{\"tags\":[%s]},"
              "\"status\":{\"tags\":[%s]}",
              spec, status);
    text_add_char(&json, 0);
    text = described(json.ptr);
    while (text.len > 0 && !str_starts(text, STR("\n\n")) && !str_starts(text, STR("\n")))
        (void)str_cut(&text, '\n');
    return text;
}

TEST(begins_with_the_stream)
{
    CHECK_STR(described("\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\","
                        "\"creationTimestamp\":\"2024-05-01T09:00:00Z\",\"labels\":{\"a\":\"1\",\"b\":\"2\"},"
                        "\"annotations\":{\"note\":\"two\\nlines\"}},"
                        "\"spec\":{\"lookupPolicy\":{\"local\":true}},"
                        "\"status\":{\"dockerImageRepository\":\"r.example/shop/web\"}"),
              STR("Name:               web\n"
                  "Namespace:          shop\n"
                  "API Group:          weir.dev\n"
                  "Created:            2d3h ago\n"
                  "Labels:             a=1\n"
                  "                    b=2\n"
                  "Annotations:        note=two?lines\n"
                  "Image Repository:   r.example/shop/web\n"
                  "Image Lookup:       local=true\n"
                  "Unique Images:      0\n"
                  "Tags:               0\n"));
}

TEST(leaves_out_what_the_object_does_not_say)
{
    CHECK_STR(described("\"metadata\":{\"name\":\"web\"}"), STR("Name:               web\n"
                                                                "Namespace:          default\n"
                                                                "API Group:          weir.dev\n"
                                                                "Created:            unknown\n"
                                                                "Labels:             <none>\n"
                                                                "Annotations:        <none>\n"
                                                                "Image Repository:   <none>\n"
                                                                "Image Lookup:       local=false\n"
                                                                "Unique Images:      0\n"
                                                                "Tags:               0\n"));
}

TEST(says_what_a_tag_follows)
{
    static const struct {
        const char *tag;
        const char *want;
    } rows[] = {
        {"\"from\":{\"kind\":\"DockerImage\",\"name\":\"r.example/web:1\"}", "follows image r.example/web:1"},
        {"\"from\":{\"kind\":\"DockerImage\",\"name\":\"r.example/"
         "web:1\"},\"importPolicy\":{\"scheduled\":true}",
         "follows image r.example/web:1, scheduled"},
        {"\"from\":{\"kind\":\"DockerImage\",\"name\":\"r.example/web:1\"},\"reference\":true",
         "reference to image r.example/web:1"},
        {"\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"base:1\",\"namespace\":\"tools\"}",
         "follows tag tools/base:1"},
        {"\"from\":{\"kind\":\"ImageStreamImage\",\"name\":\"web@" A "\"}", "is stream image web@" A},
        {"\"from\":{\"kind\":\"Nonsense\",\"name\":\"x\"}", "cannot follow Nonsense x"},
        {"\"annotations\":{}", "follows nothing"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct text tag;
        struct text want;
        struct str got;

        text_init(&tag, &arena, 4096);
        text_init(&want, &arena, 4096);
        text_addf(&tag, "{\"name\":\"t\",%s}%c", rows[i].tag, 0);
        text_addf(&want, "\nt\n  %s\n  nothing is recorded\n", rows[i].want);
        got = described_tags(tag.ptr, "");
        CHECK_ROW(str_equal(got, text_str(&want)), "%s: " STR_FMT, rows[i].want, STR_ARG(got));
    }
}

#define SPEC                                                                                                 \
    "{\"name\":\"t\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"r.example/web:1\"},\"generation\":3,"     \
    "\"importPolicy\":{\"scheduled\":true,\"insecure\":true},\"referencePolicy\":{\"type\":\"Local\"},"      \
    "\"annotations\":{\"weir.dev/interval\":\"1h\"}},"                                                       \
    "{\"name\":\"also\",\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"t\"}}"

#define STATUS                                                                                               \
    "{\"tag\":\"t\",\"lastChecked\":\"2024-05-03T11:00:00Z\",\"nextCheck\":\"2024-05-03T12:05:00Z\","        \
    "\"attempts\":2,"                                                                                        \
    "\"missingSince\":\"2024-05-03T10:00:00Z\",\"unusedSince\":\"2024-05-03T09:00:00Z\","                    \
    "\"pending\":{\"digest\":\"" B                                                                           \
    "\",\"since\":\"2024-05-03T11:50:00Z\",\"until\":\"2024-05-03T12:20:00Z\"},"                             \
    "\"conditions\":[{\"type\":\"ImportSuccess\",\"status\":\"False\",\"reason\":\"Unauthorized\","          \
    "\"message\":\"denied\\u001b[31m\",\"generation\":2,\"lastTransitionTime\":\"2024-05-03T11:30:00Z\"},"   \
    "{\"type\":\"Other\",\"status\":\"True\"}],\"items\":["                                                  \
    "{\"created\":\"2024-05-02T12:00:00Z\",\"image\":\"" A "\",\"dockerImageReference\":\"r.example/web@" A  \
    "\",\"generation\":2},{\"image\":\"" B                                                                   \
    "\",\"dockerImageReference\":\"r.example/web:old\",\"generation\":1}]},"                                 \
    "{\"tag\":\"gone\",\"removedSince\":\"2024-05-02T12:00:00Z\",\"items\":[{\"created\":\"2024-05-01T12:"   \
    "00:00Z\","                                                                                              \
    "\"dockerImageReference\":\"r.example/web:1\"}]}"

TEST(says_all_that_is_known_of_a_tag)
{
    CHECK_STR(described_tags(SPEC, STATUS),
              STR("\n"
                  "gone\n"
                  "  no tag of the spec\n"
                  "  removed from the spec 1d ago\n"
                  "  * 2d ago      r.example/web:1\n"
                  "\n"
                  "t (also)\n"
                  "  follows image r.example/web:1, scheduled\n"
                  "  insecure: its import takes any certificate, and plain HTTP\n"
                  "  reference policy: Local\n"
                  "  weir.dev/interval=1h\n"
                  "  generation 3 is not imported yet\n"
                  "  ! ImportSuccess is False, 30m ago: Unauthorized: denied?[31m\n"
                  "  failures in a row: 2\n"
                  "  last checked 1h ago\n"
                  "  next check in 5m\n"
                  "  found missing in the registry 2h ago\n"
                  "  found unused 3h ago\n"
                  "  pending: " B ", seen 10m ago, due in 20m\n"
                  "  * 1d ago      r.example/web@" A "\n"
                  "    unknown     r.example/web:old " B "\n"));
}

static struct stream_subject with_history(const struct listed_tag **ret)
{
    struct stream_subject of =
        subject("image.openshift.io/v1", "\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},"
                                         "\"spec\":{\"tags\":[" SPEC "]},"
                                         "\"status\":{\"tags\":[" STATUS "]}");

    *ret = tag_list_find(of.tags, STR("t"));
    return of;
}

TEST(lists_the_history_of_a_tag)
{
    const struct listed_tag *tag;
    struct stream_subject of = with_history(&tag);
    struct error err;
    struct text out;

    text_init(&out, &arena, DESCRIPTION_MAX);
    description_history_text(&out, &of, tag);
    CHECK_STR(text_str(&out),
              STR("  CREATED              AGE     DIGEST               GENERATION  PULL SPEC\n"
                  "* 2024-05-02T12:00:00Z 1d      sha256:aaaaaaaaaaaa  2           r.example/web@" A "\n"
                  "                               sha256:bbbbbbbbbbbb  1           r.example/web:old\n"));
    text_init(&out, &arena, DESCRIPTION_MAX);
    description_history_names(&out, &of, tag);
    CHECK_STR(text_str(&out), STR("web@" A "\nweb@" B "\n"));
    text_init(&out, &arena, DESCRIPTION_MAX);
    description_history_names(&out, &of, tag_list_find(of.tags, STR("gone")));
    CHECK_STR(text_str(&out), STR("r.example/web:1\n"));
    text_init(&out, &arena, DESCRIPTION_MAX);
    description_history_text(&out, &of, tag_list_find(of.tags, STR("also")));
    CHECK_STR(text_str(&out), STR(""));
    text_init(&out, &arena, DESCRIPTION_MAX);
    CHECK(description_json_history(&out, &of, tag, &err) == 0);
    CHECK_STR(text_str(&out), STR("[{\"created\":\"2024-05-02T12:00:00Z\",\"ageSeconds\":86400,\"image\":\"" A
                                  "\",\"dockerImageReference\":\"r.example/web@" A "\",\"generation\":2},"
                                  "{\"created\":null,\"ageSeconds\":null,\"image\":\"" B
                                  "\",\"dockerImageReference\":\"r.example/web:old\",\"generation\":1}]"));
}

TEST(counts_each_image_once)
{
    const struct listed_tag *tag;
    struct stream_subject of = with_history(&tag);

    CHECK(description_image_count(&arena, of.stream) == 2);
}

TEST(fails_where_the_text_gets_too_long)
{
    const struct listed_tag *tag;
    struct stream_subject of = with_history(&tag);
    struct error err;
    struct text out;

    text_init(&out, &arena, 100);
    CHECK(description_json_stream(&out, &of, &err) < 0);
    text_init(&out, &arena, 100);
    description_text(&out, &of);
    CHECK(out.too_long);
}

TEST_MAIN()
