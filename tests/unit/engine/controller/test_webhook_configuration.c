/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json/read.h"
#include "engine/controller/webhook_configuration.h"
#include "test.h"

static const struct webhook_service service = {STR_INIT("weir"), STR_INIT("weir-system")};

#define OURS    "\"service\":{\"name\":\"weir\",\"namespace\":\"weir-system\"}"
#define TEST_OP "{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"7\"}"
#define ADD_OP(index)                                                                                        \
    ",{\"op\":\"add\",\"path\":\"/webhooks/" index "/clientConfig/caBundle\",\"value\":\"Y2E=\"}"

TEST(only_bundles_that_are_ours_and_wrong_are_written)
{
    const struct {
        const char *webhooks;
        const char *want; /* NULL: nothing is to be done */
    } rows[] = {
        {"[]", NULL},
        {"null", NULL},
        {"{}", NULL},
        {"[{\"clientConfig\":{" OURS "}}]", "[" TEST_OP ADD_OP("0") "]"},
        {"[{\"clientConfig\":{" OURS ",\"caBundle\":\"Zm9v\"}}]", "[" TEST_OP ADD_OP("0") "]"},
        {"[{\"clientConfig\":{" OURS ",\"caBundle\":\"Y2E=\"}}]", NULL},
        {"[{\"clientConfig\":{\"url\":\"https://127.0.0.1/\"}}]", "[" TEST_OP ADD_OP("0") "]"},
        {"[{\"clientConfig\":{\"service\":{\"name\":\"weir\",\"namespace\":\"other\"}}}]", NULL},
        {"[{\"clientConfig\":{\"service\":{\"name\":\"other\",\"namespace\":\"weir-system\"}}}]", NULL},
        {"[{\"clientConfig\":{}}]", NULL},
        {"[{}, null, 3]", NULL},
        {"[{\"clientConfig\":{\"service\":{\"name\":\"other\",\"namespace\":\"weir-system\"}}},"
         "{\"clientConfig\":{" OURS "}},{\"clientConfig\":{" OURS ",\"caBundle\":\"Y2E=\"}},"
         "{\"clientConfig\":{" OURS "}}]",
         "[" TEST_OP ADD_OP("1") ADD_OP("3") "]"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        struct value *document;
        struct text patch;
        struct error err;
        arena_init(&arena);
        struct str json = arena_join(&arena, STR("{\"metadata\":{\"resourceVersion\":\"7\"},\"webhooks\":"),
                                     str_from_c(rows[i].webhooks), STR("}"));
        text_init(&patch, &arena, WEBHOOK_PATCH_MAX);
        CHECK(json_read(&arena, json, &document, &err) == 0);
        CHECK(webhook_configuration_patch(document, &service, STR("ca"), &patch, &err) == 0);
        CHECK_STR(text_str(&patch), str_from_c(rows[i].want));
        arena_release(&arena);
    }
}

TEST(without_a_version_nothing_is_written)
{
    struct arena arena;
    struct value *document;
    struct text patch;
    struct error err;

    arena_init(&arena);
    text_init(&patch, &arena, WEBHOOK_PATCH_MAX);
    CHECK(json_read(&arena, STR("{\"webhooks\":[{\"clientConfig\":{" OURS "}}]}"), &document, &err) == 0);
    CHECK(webhook_configuration_patch(document, &service, STR("ca"), &patch, &err) < 0);
    CHECK(text_str(&patch).len == 0);
    arena_release(&arena);
}

TEST_MAIN()
