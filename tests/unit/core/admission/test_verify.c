/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/verify.h"

#include "test.h"

static const struct json_path spec = {NULL, STR_INIT("spec"), 0};
static const struct json_path containers = {&spec, STR_INIT("containers"), 0};
static const struct json_path first = {&containers, {NULL, 0}, 0};
static const struct json_path second = {&containers, {NULL, 0}, 1};
static const struct json_path volumes = {&spec, STR_INIT("volumes"), 0};
static const struct json_path volume = {&volumes, {NULL, 0}, 0};
static const struct json_path volume_image = {&volume, STR_INIT("image"), 0};
static const struct json_path lone = {&spec, STR_INIT("podImage"), 0};

static struct position positions[] = {
    {.list = POSITION_CONTAINERS,
     .list_path = &containers,
     .path = &first,
     .name = STR_INIT("app"),
     .image = STR_INIT("web:1")},
    {.list = POSITION_CONTAINERS,
     .list_path = &containers,
     .path = &second,
     .index = 1,
     .image = STR_INIT("web:2"),
     .pull_policy = STR_INIT("Always")},
    {.list = POSITION_VOLUMES,
     .list_path = &volumes,
     .path = &volume_image,
     .name = STR_INIT("data"),
     .image = STR_INIT("data:1")},
    {.list = POSITION_OTHER, .list_path = &lone, .image = STR_INIT("lone:1")},
};

static struct admission_decision verified(struct arena *arena, const struct patch_operation *patch,
                                          size_t count)
{
    static const struct admission_request request = {
        .object = {.positions = positions, .position_count = ARRAY_LEN(positions)}};
    struct admission_decision decision = {.patch = patch, .patch_count = count};

    decision.response.allowed = true;
    decision.response.patch = STR("[…]");
    admission_verify(arena, &request, &decision);
    return decision;
}

#define IMAGE(place, stored)                                                                                 \
    {                                                                                                        \
        .op = PATCH_REPLACE, .path = STR_INIT(place), .value = STR_INIT(stored), .is_image = true            \
    }
#define POLICY(place, stored)                                                                                \
    {                                                                                                        \
        .op = PATCH_ADD, .path = STR_INIT(place), .value = STR_INIT(stored)                                  \
    }

TEST(denies_what_would_still_be_changed)
{
    static const struct {
        struct patch_operation patch;
        struct str want;
    } rows[] = {
        {IMAGE("/spec/containers/0/image", "r/x@sha256:1"),
         STR_INIT("containers[app]: image \"web:1\" is not what weir stores, \"r/x@sha256:1\"")},
        {POLICY("/spec/containers/0/imagePullPolicy", "Never"),
         STR_INIT("containers[app]: no pull policy is not what weir stores, Never")},
        {POLICY("/spec/containers/1/imagePullPolicy", "Never"),
         STR_INIT("containers[1]: pull policy Always is not what weir stores, Never")},
        {IMAGE("/spec/volumes/0/image/reference", "r/d@sha256:2"),
         STR_INIT("volumes[data]: image \"data:1\" is not what weir stores, \"r/d@sha256:2\"")},
        {POLICY("/spec/volumes/0/image/pullPolicy", "Never"),
         STR_INIT("volumes[data]: no pull policy is not what weir stores, Never")},
        {IMAGE("/spec/podImage", "r/l@sha256:3"),
         STR_INIT("podImage: image \"lone:1\" is not what weir stores, \"r/l@sha256:3\"")},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct admission_decision decision = verified(&arena, &rows[i].patch, 1);

        CHECK(decision.outcome == ADMISSION_DENY && !decision.response.allowed);
        CHECK(decision.response.code == 403);
        CHECK_ROW(str_starts(decision.response.message, rows[i].want), STR_FMT " is said, not " STR_FMT,
                  STR_ARG(decision.response.message), STR_ARG(rows[i].want));
        CHECK(decision.response.patch.len == 0 && decision.patch_count == 0);
    }
    arena_release(&arena);
}

TEST(lets_the_annotation_and_what_is_right_through_without_a_patch)
{
    static const struct patch_operation patch[] = {
        {.op = PATCH_ADD,
         .path = STR_INIT("/metadata/annotations/weir.dev~1images"),
         .value = STR_INIT("{}")},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t count = 0; count < 2; count++) {
        struct admission_decision decision = verified(&arena, patch, count);

        CHECK(decision.outcome == ADMISSION_ALLOW && decision.response.allowed);
        CHECK(decision.response.patch.len == 0);
    }
    arena_release(&arena);
}

TEST_MAIN()
