/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/manifest_answer.h"

#include "test.h"

#define HEX64      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define IMAGE_TYPE "application/vnd.oci.image.manifest.v1+json"
#define SIGNED_1   "application/vnd.docker.distribution.manifest.v1+prettyjws"
#define INDEX      "{\"schemaVersion\":2,\"manifests\":[]}"
#define OF_INDEX   "sha256:bc5857ac9458293d5111ab85c952172cd7f56bceb4e3014ddc4cafac8927b313"
#define IMAGE      "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}"
#define OF_IMAGE   "sha256:4108250765b19c4d5000be73d2bdd612bbb17a989972bcfd1adbf5085a9af46b"

TEST(head_answers_are_judged_by_their_headers)
{
    static const struct {
        const char *type, *digest;
        int64_t length;
        enum manifest_verdict verdict;
    } rows[] = {
        {INDEX_TYPE, "sha256:" HEX64, 100, MANIFEST_DIGEST},
        {"", "sha256:" HEX64, 100, MANIFEST_DIGEST},
        {"text/plain", "sha256:" HEX64, 100, MANIFEST_DIGEST},
        {INDEX_TYPE, "sha512:" HEX64 HEX64, 100, MANIFEST_DIGEST},
        {INDEX_TYPE, "", 100, MANIFEST_UNKNOWN},
        {INDEX_TYPE, "sha256:" HEX64, -1, MANIFEST_UNKNOWN},
        {INDEX_TYPE, "sha256:" HEX64, 0, MANIFEST_UNKNOWN},
        {INDEX_TYPE, "sha256:ABC", 100, MANIFEST_WRONG},
        {INDEX_TYPE, "md5:" HEX64, 100, MANIFEST_WRONG},
        {INDEX_TYPE, "\"sha256:" HEX64 "\"", 100, MANIFEST_WRONG},
        {INDEX_TYPE, "sha256:" HEX64, REGISTRY_MANIFEST_MAX, MANIFEST_DIGEST},
        {INDEX_TYPE, "sha256:" HEX64, REGISTRY_MANIFEST_MAX + 1, MANIFEST_WRONG},
        {"Text/HTML; charset=utf-8", "sha256:" HEX64, 100, MANIFEST_WRONG},
        {SIGNED_1, "sha256:" HEX64, 100, MANIFEST_WRONG},
        {"application/vnd.docker.distribution.manifest.v1+json; charset=utf-8", "sha256:" HEX64, 100,
         MANIFEST_WRONG},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct http_answer answer = {.content_type = str_from_c(rows[i].type),
                                           .docker_content_digest = str_from_c(rows[i].digest),
                                           .content_length = rows[i].length};
        struct str digest;
        struct error err;

        CHECK_ROW(manifest_answer_head(&answer, &digest, &err) == rows[i].verdict, "%zu", i);
    }
}

TEST(get_answers_are_judged_by_their_bytes)
{
    static const struct {
        const char *type, *digest, *body, *want; /* want NULL: wrong */
    } rows[] = {
        {INDEX_TYPE, "", INDEX, OF_INDEX},
        {"application/json", OF_INDEX, INDEX, OF_INDEX},
        {"", OF_IMAGE, IMAGE, OF_IMAGE},
        {IMAGE_TYPE "; charset=utf-8", "", IMAGE, OF_IMAGE},
        {INDEX_TYPE, "sha256:" HEX64, INDEX, NULL},
        {INDEX_TYPE, "sha512:" HEX64 HEX64, INDEX, NULL},
        {INDEX_TYPE, "sha256:ABC", INDEX, NULL},
        {INDEX_TYPE, OF_IMAGE, IMAGE, NULL},
        {SIGNED_1, "sha256:" HEX64, INDEX, NULL},
        {"text/html", "", INDEX, NULL},
        {INDEX_TYPE, "", "", NULL},
        {INDEX_TYPE, "", "{}", NULL},
        {INDEX_TYPE, "", "<html></html>", NULL},
        {INDEX_TYPE, "", INDEX "}", NULL},
        {INDEX_TYPE, "", INDEX INDEX, NULL},
        {INDEX_TYPE, "", "{\"schemaVersion\":2,\"manifests\":[],\"a\":\"\\\"}\\\"\"}\n",
         "sha256:ef46ba9bc4726ea39af470b5b19ab18cb4f0c646724ecaa19f28c46c657d0243"},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct http_answer answer = {.content_type = str_from_c(rows[i].type),
                                           .docker_content_digest = str_from_c(rows[i].digest)};
        struct str body_text = str_from_c(rows[i].body);
        struct manifest_body body = {.hash = NULL};
        struct str digest = {NULL, 0};
        struct error err = {.text = ""};
        int failed;

        for (size_t at = 0; at < body_text.len; at++) /* byte by byte: parts come as they like */
            manifest_body_add(&body, &answer, str_slice(body_text, at, at + 1));
        failed = manifest_body_digest(&arena, &body, &answer, &digest, &err);
        manifest_body_release(&body);

        CHECK_ROW((failed == 0) == (rows[i].want != NULL), "%zu: %s", i, err.text);
        CHECK_STR(digest, str_from_c(rows[i].want));
    }
    arena_release(&arena);
}

TEST(all_manifest_types_are_accepted_in_one_line)
{
    CHECK(str_contains(manifest_accept, STR(INDEX_TYPE)));
    CHECK(str_contains(manifest_accept, STR("application/vnd.docker.distribution.manifest.list.v2+json")));
    CHECK(str_ends(manifest_accept, STR(", */*")));
    CHECK(str_find(manifest_accept, '\n') == manifest_accept.len);
}

TEST_MAIN()
