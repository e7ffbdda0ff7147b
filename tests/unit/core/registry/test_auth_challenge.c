/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry/auth_challenge.h"

#include <string.h>
#include <test.h>

#define HUB_REALM "https://auth.docker.io/token"

enum { LINES_MAX = 2, WANT_MAX = 3 };

struct row {
    struct str lines[LINES_MAX];
    struct auth_challenge want[WANT_MAX]; /* ends with one that is all empty */
    int chosen;                           /* index, or -1 */
};

#define BEARER(realm_, service_, scope_)                                                                     \
    {                                                                                                        \
        AUTH_SCHEME_BEARER, STR_INIT(realm_), STR_INIT(service_), STR_INIT(scope_),                          \
        {                                                                                                    \
            NULL, 0                                                                                          \
        }                                                                                                    \
    }
#define BASIC(realm_)                                                                                        \
    {                                                                                                        \
        AUTH_SCHEME_BASIC, STR_INIT(realm_), {NULL, 0}, {NULL, 0},                                           \
        {                                                                                                    \
            NULL, 0                                                                                          \
        }                                                                                                    \
    }
#define OTHER(realm_)                                                                                        \
    {                                                                                                        \
        AUTH_SCHEME_OTHER, STR_INIT(realm_), {NULL, 0}, {NULL, 0},                                           \
        {                                                                                                    \
            NULL, 0                                                                                          \
        }                                                                                                    \
    }

static const struct row table[] = {
    {{STR_INIT("Bearer realm=\"" HUB_REALM "\",service=\"registry.docker.io\","
               "scope=\"repository:library/nginx:pull\"")},
     {BEARER(HUB_REALM, "registry.docker.io", "repository:library/nginx:pull")},
     0},
    /* commas and blanks inside quotes */
    {{STR_INIT("Bearer realm=\"r\",scope=\"repository:a:pull,push repository:b:pull\", service=\"s\"")},
     {BEARER("r", "s", "repository:a:pull,push repository:b:pull")},
     0},
    /* any case, white space around, tokens without quotes */
    {{STR_INIT(" \tbEaReR \t REALM = \"r\" ,\tService=s ")}, {BEARER("r", "s", "")}, 0},
    {{STR_INIT("Bearer realm=https://auth.example/token?a=b,service=s")},
     {BEARER("https://auth.example/token?a=b", "s", "")},
     0},
    {{STR_INIT("Bearer realm=\"r\" service=\"s\"")}, {BEARER("r", "s", "")}, 0},
    {{STR_INIT("Bearer realm=\"a\\\"b\\\\c\"")}, {BEARER("a\"b\\c", "", "")}, 0},
    /* several in a line, and the better one wins */
    {{STR_INIT("Basic realm=\"b\", Bearer realm=\"r\",service=\"s\"")},
     {BASIC("b"), BEARER("r", "s", "")},
     1},
    {{STR_INIT("Basic realm=\"b\""), STR_INIT("Bearer realm=\"r\"")}, {BASIC("b"), BEARER("r", "", "")}, 1},
    {{STR_INIT("Negotiate, Basic realm=\"b\"")}, {OTHER(""), BASIC("b")}, 1},
    {{STR_INIT("Negotiate YWJj/+==, Bearer realm=\"r\"")}, {OTHER(""), BEARER("r", "", "")}, 1},
    {{STR_INIT("NTLM abc=, Basic realm=b")}, {OTHER(""), BASIC("b")}, 1},
    {{STR_INIT("Digest realm=\"d\", qop=\"auth,auth-int\", nonce=x==, Basic realm=\"b\"")},
     {OTHER("d"), BASIC("b")},
     1},
    {{STR_INIT(", ,Basic,,")}, {BASIC("")}, 0},
    {{STR_INIT("Basic")}, {BASIC("")}, 0},
    /* the first of equal parameters counts; unknown ones do not */
    {{STR_INIT("Bearer realm=\"r\",realm=\"evil\",foo=bar,scope=\"\"")}, {BEARER("r", "", "")}, 0},
    /* Bearer without a realm cannot be answered */
    {{STR_INIT("Bearer service=\"s\", Basic realm=\"b\"")}, {BEARER("", "s", ""), BASIC("b")}, 1},
    {{STR_INIT("Bearer service=\"s\"")}, {BEARER("", "s", "")}, -1},
    /* nothing usable, or nothing after what cannot be read */
    {{STR_INIT("")}, {{0}}, -1},
    {{STR_INIT("Negotiate")}, {OTHER("")}, -1},
    {{STR_INIT("\"Bearer\" realm=r")}, {{0}}, -1},
    {{STR_INIT("Bearer realm=\"r")}, {{0}}, -1},
    {{STR_INIT("Bearer realm=\"r\\")}, {{0}}, -1},
    {{STR_INIT("Bearer realm=")}, {{0}}, -1},
    {{STR_INIT("Bearer realm=\"a\nb\"")}, {{0}}, -1},
    {{STR_INIT("Bearer realm=\"a\0b\"")}, {{0}}, -1},
    {{STR_INIT("Basic realm=\"b\", Bearer realm=\"r")}, {BASIC("b")}, 0},
    {{STR_INIT("Basic realm=\"b\", =x, Bearer realm=\"r\"")}, {BASIC("b")}, 0},
};

static void check_challenge(const struct row *row, const struct auth_challenge *got, size_t i)
{
    const struct auth_challenge *want = &row->want[i];

    CHECK_ROW(got->scheme == want->scheme, STR_FMT " [%zu]", STR_ARG(row->lines[0]), i);
    CHECK_STR(got->realm, want->realm);
    CHECK_STR(got->service, want->service);
    CHECK_STR(got->scope, want->scope);
}

static size_t want_count(const struct row *row)
{
    size_t count = 0;

    while (count < WANT_MAX && (row->want[count].scheme || row->want[count].realm.ptr))
        count++;
    return count;
}

TEST(reads_challenges_and_chooses_the_one_to_answer)
{
    struct auth_challenge got[AUTH_CHALLENGES_MAX];
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        size_t count = 0;

        for (size_t line = 0; line < LINES_MAX; line++)
            count = auth_challenge_parse(&arena, table[i].lines[line], got, count);
        CHECK_ROW(count == want_count(&table[i]), STR_FMT ": %zu", STR_ARG(table[i].lines[0]), count);
        for (size_t k = 0; k < count && k < want_count(&table[i]); k++)
            check_challenge(&table[i], &got[k], k);
        CHECK_ROW(auth_challenge_choose(got, count) == (table[i].chosen < 0 ? NULL : &got[table[i].chosen]),
                  STR_FMT, STR_ARG(table[i].lines[0]));
    }
    arena_release(&arena);
}

TEST(keeps_the_error_of_a_refused_token)
{
    struct auth_challenge got[AUTH_CHALLENGES_MAX];
    struct arena arena;

    arena_init(&arena);
    CHECK(auth_challenge_parse(&arena, STR("Bearer realm=\"r\",error=\"insufficient_scope\""), got, 0) == 1);
    CHECK_STR(got[0].error, STR("insufficient_scope"));
    arena_release(&arena);
}

TEST(bounds_lines_and_challenges)
{
    static char line[AUTH_CHALLENGE_LINE_MAX + 1];
    struct auth_challenge got[AUTH_CHALLENGES_MAX];
    struct arena arena;

    arena_init(&arena);
    memset(line, ',', sizeof(line));
    memcpy(line, "Basic", 5);
    CHECK(auth_challenge_parse(&arena, (struct str){line, sizeof(line)}, got, 0) == 0);
    CHECK(auth_challenge_parse(&arena, (struct str){line, sizeof(line) - 1}, got, 0) == 1);
    for (size_t i = 0; i + 8 < sizeof(line); i += 8)
        memcpy(line + i, "Basic,  ", 8);
    CHECK(auth_challenge_parse(&arena, (struct str){line, 8000}, got, 0) == AUTH_CHALLENGES_MAX);
    CHECK(auth_challenge_parse(&arena, STR("Basic"), got, AUTH_CHALLENGES_MAX) == AUTH_CHALLENGES_MAX);
    arena_release(&arena);
}

TEST_MAIN()
