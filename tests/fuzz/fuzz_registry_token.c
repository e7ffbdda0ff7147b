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
    struct str token;
    int64_t life;
    struct error err;

    arena_init(&arena);
    if (registry_token_parse(&arena, (struct str){(const char *)data, size}, 1700000000, &token, &life,
                             &err) == 0) {
        expect(token.len > 0 && token.len <= TOKEN_MAX);
        for (size_t i = 0; i < token.len; i++)
            expect(token.ptr[i] > ' ' && token.ptr[i] < 0x7f);
        expect(life < INT64_C(24) * 60 * 60 * 1000);
    }
    arena_release(&arena);
    return 0;
}
