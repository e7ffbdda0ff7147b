/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the lines of WWW-Authenticate: bounded, views readable, the choice one that can be answered.
 */
#include "core/registry/auth_challenge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

/* No control character may reach a URL or a log by a challenge. */
static void check_value(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        expect(value.ptr[i] == '\t' || ((unsigned char)value.ptr[i] >= 0x20 && value.ptr[i] != 0x7F));
}

static void check_challenge(const struct auth_challenge *challenge)
{
    check_value(challenge->realm);
    check_value(challenge->service);
    check_value(challenge->scope);
    check_value(challenge->error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct auth_challenge challenges[AUTH_CHALLENGES_MAX];
    struct str rest = {(const char *)data, size};
    const struct auth_challenge *chosen;
    struct arena arena;
    size_t count = 0;

    arena_init(&arena);
    while (rest.ptr)
        count = auth_challenge_parse(&arena, str_cut(&rest, '\n'), challenges, count);
    expect(count <= AUTH_CHALLENGES_MAX);
    for (size_t i = 0; i < count; i++)
        check_challenge(&challenges[i]);
    chosen = auth_challenge_choose(challenges, count);
    expect(!chosen || chosen->scheme == AUTH_SCHEME_BASIC ||
           (chosen->scheme == AUTH_SCHEME_BEARER && chosen->realm.len > 0));
    arena_release(&arena);
    return 0;
}
