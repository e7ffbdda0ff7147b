/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a manifest: what the JSON reader takes for an object is taken, in
 * one part or in many, with the same digest; what passes has balanced brackets.
 */
#include "base/json/read.h"
#include "edge/registry/manifest_answer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static bool digest_in_parts(struct arena *arena, struct str text, size_t part, struct str *ret)
{
    const struct http_answer answer = {.status = 200};
    struct manifest_body body = {.hash = NULL};
    struct error err;
    bool taken;

    for (size_t at = 0; at < text.len; at += part)
        manifest_body_add(&body, &answer, str_slice(text, at, at + part));
    taken = manifest_body_digest(arena, &body, &answer, ret, &err) == 0;
    manifest_body_release(&body);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct str whole = {NULL, 0};
    struct str parts = {NULL, 0};
    struct value *value;
    struct arena arena;
    struct error err;
    bool taken;

    arena_init(&arena);
    taken = digest_in_parts(&arena, text, size + 1, &whole);
    expect(taken == digest_in_parts(&arena, text, 3, &parts));
    expect(str_equal(whole, parts));
    if (json_read(&arena, text, &value, &err) == 0 && value->kind == VALUE_MAP)
        expect(taken);
    arena_release(&arena);
    return 0;
}
