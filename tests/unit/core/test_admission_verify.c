/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission_verify.h"

#include "test.h"

static struct admission_decision verified(struct arena *arena, const struct patch_operation *patch,
                                          size_t count)
{
    struct admission_decision decision = {.patch = patch, .patch_count = count};

    decision.response.allowed = true;
    decision.response.patch = STR("[…]");
    admission_verify(arena, &decision);
    return decision;
}

TEST(denies_what_would_still_be_changed)
{
    static const struct patch_operation patch[] = {
        {.op = PATCH_REPLACE,
         .path = STR_INIT("/spec/containers/0/image"),
         .value = STR_INIT("r/x@sha256:1"),
         .is_image = true},
        {.op = PATCH_ADD, .path = STR_INIT("/spec/containers/0/imagePullPolicy"), .value = STR_INIT("Never")},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(patch); i++) {
        struct admission_decision decision = verified(&arena, &patch[i], 1);

        CHECK(decision.outcome == ADMISSION_DENY && !decision.response.allowed);
        CHECK(decision.response.code == 403);
        CHECK(str_contains(decision.response.message, patch[i].path));
        CHECK(str_contains(decision.response.message, patch[i].value));
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
