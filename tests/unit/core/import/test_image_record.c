/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/image_record.h"

#include "base/json/read.h"
#include "base/text.h"
#include "base/value.h"

#include "test.h"

#define A               "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B               "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C               "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define OCI             "application/vnd.oci.image."
#define CONFIG_OF(type) "\"config\":{\"mediaType\":\"" type "\",\"digest\":\"" B "\",\"size\":7}"
#define MANIFEST                                                                                             \
    "{\"schemaVersion\":2,\"mediaType\":\"" OCI                                                              \
    "manifest.v1+json\"," CONFIG_OF(OCI "config.v1+json") ",\"layers\":[{\"mediaType\":\"" OCI               \
                                                          "layer.v1.tar+gzip\",\"digest\":\"" C              \
                                                          "\",\"size\":100}]}"
#define CHILD(digest, os, architecture, more)                                                                \
    "{\"mediaType\":\"" OCI "manifest.v1+json\",\"digest\":\"" digest                                        \
    "\",\"size\":9,\"platform\":{\"os\":\"" os "\",\"architecture\":\"" architecture "\"}" more "}"
#define INDEX(children)                                                                                      \
    "{\"schemaVersion\":2,\"mediaType\":\"" OCI "index.v1+json\",\"manifests\":[" children "]}"
#define ATTESTS ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}"

static struct arena arena;

static struct image_outline outline_of(const char *document)
{
    struct image_outline outline;
    struct error err;

    CHECK(image_outline_read(&arena, str_from_c(document), STR("text/plain"), &outline, &err) == 0);
    return outline;
}

static const struct value *written(const struct image_record *record)
{
    struct value *value = NULL;
    struct str json;
    struct error err;

    CHECK(image_record_write(&arena, record, &json, &err) == 0);
    CHECK(json_read(&arena, json, &value, &err) == 0);
    return value;
}

static struct str at(const struct value *value, const char *pointer)
{
    const struct value *found = value_at_pointer(value, str_from_c(pointer));

    return found ? found->text : STR("-");
}

TEST(an_image_has_its_facts)
{
    const struct image_record record = {
        .digest = STR(A),
        .repository = STR("quay.io/x/y"),
        .manifest = outline_of(MANIFEST),
        .config = STR(
            "{\"created\":\"2026-01-01T00:00:00Z\",\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":"
            "{\"Env\":[\"A=b\"],\"Labels\":{\"version\":\"1\"},\"Secret\":\"s\"}}"),
    };
    const struct value *image = written(&record);

    CHECK_STR(at(image, "/metadata/name"),
              STR("sha256-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    CHECK_STR(at(image, "/dockerImageReference"), STR("quay.io/x/y@" A));
    CHECK_STR(at(image, "/dockerImageManifestMediaType"), STR(OCI "manifest.v1+json"));
    CHECK_STR(at(image, "/dockerImageMetadata/Id"), STR(B));
    CHECK_STR(at(image, "/dockerImageMetadata/Size"), STR("107"));
    CHECK_STR(at(image, "/dockerImageMetadata/Config/Env/0"), STR("A=b"));
    CHECK_STR(at(image, "/dockerImageMetadata/Config/Labels/version"), STR("1"));
    CHECK_STR(at(image, "/dockerImageMetadata/Config/Secret"), STR("-"));
    CHECK_STR(at(image, "/dockerImageLayers/0/name"), STR(C));
    CHECK_STR(at(image, "/dockerImageManifests"), STR("-"));
    CHECK_STR(at(image, "/metadata/annotations"), STR("-"));
}

TEST(the_image_of_the_platform_stands_for_an_index)
{
    static const struct image_platform amd64 = {.os = STR_INIT("linux"), .architecture = STR_INIT("amd64")};
    static const struct image_platform s390x = {.os = STR_INIT("linux"), .architecture = STR_INIT("s390x")};
    struct image_outline index = outline_of(INDEX(CHILD(A, "unknown", "unknown", ATTESTS) "," CHILD(
        B, "linux", "arm64", "") "," CHILD(C, "linux", "amd64", "")));
    struct image_outline nothing = outline_of(INDEX(CHILD(A, "linux", "amd64", ATTESTS)));

    CHECK(index.is_index && index.count == 3);
    CHECK_STR(image_outline_child(&index, &amd64)->digest, STR(C));
    CHECK_STR(image_outline_child(&index, &s390x)->digest, STR(B)); /* the first that is an image */
    CHECK(image_outline_child(&nothing, &amd64) == NULL);
}

TEST(an_index_names_its_images)
{
    const struct image_record record = {.digest = STR(A),
                                        .repository = STR("quay.io/x/y"),
                                        .manifest = outline_of(INDEX(CHILD(B, "linux", "amd64", ""))),
                                        .has_child = true,
                                        .child = outline_of(MANIFEST)};
    const struct value *image = written(&record);

    CHECK_STR(at(image, "/dockerImageManifests/0/digest"), STR(B));
    CHECK_STR(at(image, "/dockerImageManifests/0/architecture"), STR("amd64"));
    CHECK_STR(at(image, "/dockerImageLayers/0/name"), STR(C));
    CHECK_STR(at(image, "/dockerImageManifestMediaType"), STR(OCI "index.v1+json"));
}

TEST(an_artifact_is_recorded_with_the_facts_it_has)
{
    struct image_outline artifact =
        outline_of("{\"schemaVersion\":2," CONFIG_OF("application/vnd.x+json") ",\"layers\":[]}");

    CHECK(!image_outline_has_image_config(&artifact));
    CHECK(image_outline_has_image_config(&(struct image_outline){
        .config = {.digest = STR(B), .media_type = STR("application/vnd.docker.container.image.v1+json")}}));
    CHECK_STR(
        at(written(&(struct image_record){.digest = STR(A), .repository = STR("r/x"), .manifest = artifact}),
           "/dockerImageMetadata/Id"),
        STR(B));
}

/* {"config":{"Labels":{"0":"xxx…"}}}, so many labels of so many bytes. */
static struct str labels(size_t count, size_t bytes)
{
    char *value = arena_alloc(&arena, bytes);
    struct text config;

    memset(value, 'x', bytes);
    text_init(&config, &arena, 16 << 20);
    text_add(&config, STR("{\"architecture\":\"amd64\",\"config\":{\"User\":\"me\",\"Labels\":{"));
    for (size_t i = 0; i < count; i++)
        text_addf(&config, "%s\"%zu\":\"%.*s\"", i > 0 ? "," : "", i, (int)bytes, value);
    text_add(&config, STR("}}}"));
    return text_str(&config);
}

TEST(what_would_be_too_large_for_the_cluster_is_left_out_and_named)
{
    struct image_record record = {.digest = STR(A),
                                  .repository = STR("quay.io/x/y"),
                                  .manifest = outline_of(MANIFEST),
                                  .config = labels(10000, 200)};
    const struct value *image = written(&record);

    CHECK_STR(at(image, "/metadata/annotations/weir.dev~1left-out"), STR("labels"));
    CHECK_STR(at(image, "/dockerImageMetadata/Config/User"), STR("me"));
    CHECK_STR(at(image, "/dockerImageMetadata/Config/Labels"), STR("-"));
    CHECK_STR(at(image, "/dockerImageLayers/0/name"), STR(C));
}

TEST(a_configuration_that_is_none_counts_for_nothing)
{
    static const char *const rows[] = {"", "[]", "{\"config\":7}", "not json", "{\"config\":{\"Env\":null}}"};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct image_record record = {.digest = STR(A),
                                            .repository = STR("r/x"),
                                            .manifest = outline_of(MANIFEST),
                                            .config = str_from_c(rows[i])};

        CHECK_STR(at(written(&record), "/dockerImageMetadata/Id"), STR(B));
    }
}

TEST(documents_that_are_no_manifests_are_refused)
{
    static const char *const rows[] = {
        "",
        "7",
        "{}",
        "{\"layers\":{}}",
        "{\"layers\":[{\"digest\":\"sha256:1\"}]}",
        "{\"config\":{\"digest\":\"x\"},\"layers\":[]}",
        "{\"manifests\":[7]}",
    };
    struct image_outline outline;
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK(image_outline_read(&arena, str_from_c(rows[i]), STR(""), &outline, &err) < 0);
}

TEST_MAIN()
