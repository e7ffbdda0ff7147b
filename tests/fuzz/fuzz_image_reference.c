/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an image reference: views stay inside, a refusal has a reason,
 * and what parses is the same once more after it was normalized.
 */
#include "core/image/digest.h"
#include "core/image/reference.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

/* Inside the text, or static; read, so that a wrong length shows. */
static void expect_readable(struct str view)
{
    volatile char sum = 0;

    for (size_t i = 0; i < view.len; i++)
        sum = (char)(sum ^ view.ptr[i]);
}

static void check_same_again(struct arena *arena, const struct image_reference *ref)
{
    struct str normalized = image_reference_normalized(arena, ref);
    struct image_reference again;
    struct error err;

    if (normalized.len > IMAGE_REFERENCE_TEXT_MAX)
        return;
    expect(image_reference_parse(normalized, &again, &err) == 0);
    expect(str_equal(image_reference_normalized(arena, &again), normalized));
    expect(str_equal(again.domain, ref->domain) && str_equal(again.tag, ref->tag));
    expect(image_reference_in_repository(&again, image_reference_repository(arena, ref)));
}

static void check_valid(struct arena *arena, const struct image_reference *ref)
{
    expect_readable(ref->domain);
    expect_readable(ref->path);
    expect_readable(ref->tag);
    expect_readable(image_reference_familiar(arena, ref));
    expect_readable(image_reference_docker(arena, ref));
    expect(ref->path.len > 0 && ref->path.len <= IMAGE_REFERENCE_PATH_MAX);
    expect(ref->tag.len <= IMAGE_REFERENCE_TAG_MAX);
    expect(ref->digest.len == 0 || digest_is_valid(ref->digest));
    expect(!ref->library || str_equal(ref->domain, STR("docker.io")));
    expect(image_reference_components(ref) >= 1);
    expect(image_reference_in_repository(ref, image_reference_repository(arena, ref)));
    expect(!image_reference_in_repository(ref, (struct str){NULL, 0}));
    check_same_again(arena, ref);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct image_reference ref;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    if (image_reference_parse(text, &ref, &err) == 0) {
        check_valid(&arena, &ref);
        expect(image_reference_refusal(&arena, text).len == 0);
    } else {
        expect(err.code == ERROR_INVALID && err.text[0] != '\0');
        expect(image_reference_refusal(&arena, text).len > 0);
    }
    arena_release(&arena);
    return 0;
}
