/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes survive encoding and decoding; any text that decodes, encodes to a text that decodes the same. */
#include "base/base64.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_bytes(struct arena *arena, struct str bytes)
{
    struct str text = {arena_alloc(arena, base64_encoded_len(bytes.len)), base64_encoded_len(bytes.len)};
    struct str back;
    struct error err;

    base64_encode(bytes, (char *)(uintptr_t)text.ptr);
    require(base64_decode(arena, text, &back, &err) == 0);
    require(str_equal(back, bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data, size};
    struct str decoded;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    check_bytes(&arena, input);
    if (base64_decode(&arena, input, &decoded, &err) == 0)
        check_bytes(&arena, decoded);
    arena_release(&arena);
    return 0;
}
