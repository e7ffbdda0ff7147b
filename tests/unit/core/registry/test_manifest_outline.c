/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/manifest_outline.h"

#include "test.h"

#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define IMAGE_TYPE "application/vnd.oci.image.manifest.v1+json"
#define LIST_TYPE  "application/vnd.docker.distribution.manifest.list.v2+json"

static int check(struct str body, size_t part, const char *content_type, struct error *err)
{
    struct manifest_outline outline = {.depth = 0};

    err->text[0] = '\0';
    for (size_t at = 0; at < body.len; at += part)
        manifest_outline_add(&outline, str_slice(body, at, at + part));
    return manifest_outline_check(&outline, str_from_c(content_type), err);
}

TEST(takes_manifests_and_indexes_and_nothing_else)
{
    static const struct {
        const char *body;
        const char *why; /* a part; NULL: taken */
    } rows[] = {
        {"{\"schemaVersion\":2,\"manifests\":[]}", NULL},
        {"{\"schemaVersion\":2,\"mediaType\":\"" INDEX_TYPE "\",\"manifests\":[{\"digest\":\"x\"}]}", NULL},
        {"{\"schemaVersion\":2,\"mediaType\":\"application\\/vnd.oci.image.index.v1+json\",\"manifests\":[]}",
         NULL},
        {"{\"schemaVersion\":2,\"mediaType\":\"" LIST_TYPE "\",\"manifests\":[]}", NULL},
        {"{\"schemaVersion\":2,\"mediaType\":\"\",\"manifests\":[]}", NULL},
        {"{\"schemaVersion\":2,\"mediaType\":null,\"manifests\":[],\"layers\":null}", NULL},
        {" {\r\n\t\"config\" : {\"size\":1},\"layers\":[ {} , 1.5e3,true,null ] , \"schemaVersion\" : 2 } \n",
         NULL},
        {"{\"schemaVersion\":2,\"config\":{},\"layers\":[],\"annotations\":{\"a\":\"\\u00e9\\\"}{\",\"b\":-1}"
         "}",
         NULL},
        {"{\"schemaVersion\":2,\"config\":{},\"layers\":[],\"a\":{\"schemaVersion\":1,\"manifests\":0}}",
         NULL},

        {"", "no manifest"},
        {" \r\n\t", "no manifest"},
        {"{", "no manifest"},
        {"[]", "no manifest"},
        {"\"text\"", "no manifest"},
        {"null", "no manifest"},
        {"<html><body>{}</body></html>", "no manifest"},
        {"\xef\xbb\xbf{\"schemaVersion\":2,\"manifests\":[]}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[]}x", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[]},", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[]", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[]]", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[],}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[1,]}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[,1]}", "no manifest"},
        {"{\"schemaVersion\":2,,\"manifests\":[]}", "no manifest"},
        {"{\"schemaVersion\":2 \"manifests\":[]}", "no manifest"},
        {"{\"schemaVersion\" 2,\"manifests\":[]}", "no manifest"},
        {"{schemaVersion:2,\"manifests\":[]}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"a\"}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"a\":}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[nil]}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[01]}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"a\":\"\n\"}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"a\":\"\\x\"}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"a\":\"\\u12g4\"}", "no manifest"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"a\":\"}", "no manifest"},

        {"{}", "schemaVersion is not 2"},
        {"{\"manifests\":[]}", "schemaVersion is not 2"},
        {"{\"schemaVersion\":3,\"manifests\":[]}", "schemaVersion is not 2"},
        {"{\"schemaVersion\":\"2\",\"manifests\":[]}", "schemaVersion is not 2"},
        {"{\"schemaVersion\":2.0,\"manifests\":[]}", "schemaVersion is not 2"},
        {"{\"errors\":[{\"code\":\"DENIED\"}]}", "schemaVersion is not 2"},
        {"{\"schemaVersion\":1,\"name\":\"a\",\"tag\":\"1\",\"fsLayers\":[],\"history\":[],\"signatures\":[]"
         "}",
         "schema 1, which container runtimes no longer take; push the image again"},
        {"{\"schemaVersion\":2}", "neither manifests nor config and layers"},
        {"{\"schemaVersion\":2,\"config\":{}}", "neither manifests nor config and layers"},
        {"{\"schemaVersion\":2,\"layers\":[]}", "neither manifests nor config and layers"},
        {"{\"schemaVersion\":2,\"config\":null,\"layers\":[]}", "neither manifests nor config and layers"},
        {"{\"schemaVersion\":2,\"config\":\"\",\"layers\":[]}", "neither manifests nor config and layers"},
        {"{\"schemaVersion\":2,\"config\":{},\"layers\":{}}", "neither manifests nor config and layers"},
        {"{\"schemaVersion\":2,\"manifests\":{}}", "neither manifests nor config and layers"},
        {"{\"schemaVersion\":2,\"manifests\":null}", "neither manifests nor config and layers"},
        {"{\"schemaVersion\":2,\"blobs\":[]}", "neither manifests nor config and layers"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"layers\":[],\"config\":{}}",
         "an image and an index at once"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"Layers\":[]}", "an image and an index at once"},
        {"{\"schemaVersion\":1,\"schemaVersion\":2,\"manifests\":[]}", "a member twice"},
        {"{\"schemaVersion\":2,\"manifests\":[],\"Manifests\":[]}", "a member twice"},
        {"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.example+json\",\"manifests\":[]}",
         "mediaType is not that of an index"},
        {"{\"schemaVersion\":2,\"mediaType\":\"" IMAGE_TYPE "\",\"manifests\":[]}",
         "mediaType is not that of an index"},
        {"{\"schemaVersion\":2,\"mediaType\":\"" INDEX_TYPE "\",\"config\":{},\"layers\":[]}",
         "mediaType is not that of an image"},
        {"{\"schemaVersion\":2,\"mediaType\":7,\"manifests\":[]}", "mediaType is not that of an index"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str body = str_from_c(rows[i].body);
        struct error whole;
        struct error bytes;
        int failed = check(body, 4096, "", &whole);

        CHECK_ROW((failed < 0) == (rows[i].why != NULL), "%s: %s", rows[i].body, whole.text);
        CHECK_ROW(str_contains(str_from_c(whole.text), str_from_c(rows[i].why)), "%s: %s", rows[i].body,
                  whole.text);
        CHECK_ROW(check(body, 1, "", &bytes) == failed, "%s", rows[i].body);
        CHECK_STR(str_from_c(bytes.text), str_from_c(whole.text));
    }
}

TEST(the_content_type_must_fit_where_it_is_a_manifests)
{
    static const struct {
        const char *type;
        bool index, image;
    } rows[] = {
        {INDEX_TYPE, true, false},
        {LIST_TYPE, true, false},
        {IMAGE_TYPE, false, true},
        {"application/vnd.docker.distribution.manifest.v2+json", false, true},
        {"", true, true},
        {"application/json", true, true},
        {"text/plain", true, true},
        {"application/vnd.docker.distribution.manifest.v1+json", false, false},
        {"Application/Vnd.Docker.Distribution.Manifest.V1+PrettyJWS", false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error err;

        CHECK_ROW((check(STR("{\"schemaVersion\":2,\"manifests\":[]}"), 7, rows[i].type, &err) == 0) ==
                      rows[i].index,
                  "%s", rows[i].type);
        CHECK_ROW((check(STR("{\"schemaVersion\":2,\"config\":{},\"layers\":[]}"), 7, rows[i].type, &err) ==
                   0) == rows[i].image,
                  "%s", rows[i].type);
    }
}

TEST(depth_and_tokens_are_bounded)
{
    char deep[600] = "{\"schemaVersion\":2,\"manifests\":[],\"a\":";
    size_t begin = strlen(deep);

    for (size_t levels = MANIFEST_DEPTH_MAX - 1; levels <= MANIFEST_DEPTH_MAX; levels++) {
        struct error err;

        memset(deep + begin, '[', levels);
        memset(deep + begin + levels, ']', levels);
        deep[begin + 2 * levels] = '}';
        deep[begin + 2 * levels + 1] = '\0';
        CHECK((check(str_from_c(deep), 100, "", &err) == 0) == (levels < MANIFEST_DEPTH_MAX));
    }
}

TEST_MAIN()
