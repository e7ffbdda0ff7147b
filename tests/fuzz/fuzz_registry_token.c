/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a token server's answer: a token that passes is safe in a header, its life is bounded. */
#include "edge/registry/token.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct registry_token token;
    struct error err;

    arena_init(&arena);
    if (registry_token_parse(&arena, (struct str){(const char *)data, size}, 1700000000, &token, &err) == 0) {
        expect(token.text.len > 0 && token.text.len <= TOKEN_MAX);
        for (size_t i = 0; i < token.text.len; i++)
            expect(token.text.ptr[i] > ' ' && token.text.ptr[i] < 0x7f);
        expect(token.life_ms < INT64_C(24) * 60 * 60 * 1000);
    }
    arena_release(&arena);
    return 0;
}
