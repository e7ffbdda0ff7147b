/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/lookup.h"

#include "test.h"
#include "unit/edge/registry/fake_registry.h"
#include "unit/edge/registry/registry_desk.h"

static struct fake_registry fake;
static char host[32];

static const struct credential alice = {.username = STR_INIT("alice"), .password = STR_INIT("secret")};
static const struct credential bob = {.username = STR_INIT("bob"), .password = STR_INIT("hunter2")};
static const struct credential mallory = {.username = STR_INIT("mallory"), .password = STR_INIT("guess")};
static const struct credential *const nobody[1];
static const struct credential *const as_alice[] = {&alice};
static const struct credential *const as_bob_then_alice[] = {&bob, &alice};
static const struct credential *const as_mallory[] = {&mallory};

static struct registry_result ask(struct registry_desk *desk, const char *path, const char *tag,
                                  const struct credential *const *credentials, size_t count)
{
    return desk_ask(desk, str_from_c(host), path, tag, credentials, count);
}

/* Requests of this method for this repository's tag. */
static int count(const char *method, const char *path, const char *tag)
{
    char part[200];

    (void)snprintf(part, sizeof(part), "%s%%20/v2/%s/manifests/%s%%20", method, path, tag);
    return fake_registry_count(&fake, part);
}

static int count_tokens(const char *path)
{
    char part[200];
    char *at = part + snprintf(part, sizeof(part), "scope=repository%%253a");

    for (; *path; path++)
        at += snprintf(at, 8, *path == '/' ? "%%252f" : "%c", *path);
    (void)snprintf(at, 16, "%%253apull");
    return fake_registry_count(&fake, part);
}

static void revoke(void)
{
    char text[16];

    fake_registry_get(&fake, "revoke", text, sizeof(text));
}

TEST(a_login_costs_two_heads_and_the_next_look_up_one)
{
    struct registry_desk desk;

    desk_start(&desk);
    CHECK(ask(&desk, "private/cost", "1", as_alice, 1).outcome == TAG_FOUND);
    CHECK(count("HEAD", "private/cost", "1") == 2 && count_tokens("private/cost") == 1);
    CHECK(ask(&desk, "private/cost", "2", as_alice, 1).outcome == TAG_FOUND);
    CHECK(count("HEAD", "private/cost", "2") == 1 && count_tokens("private/cost") == 1);
    CHECK(count("GET", "private/cost", "1") + count("GET", "private/cost", "2") == 0);
    desk_stop(&desk);
}

TEST(a_kept_token_that_died_is_fetched_anew_once)
{
    static const char *const paths[] = {"private/died", "dead-400/died", "dead-401/died", "dead-403/died",
                                        "dead-404/died"};

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct registry_desk desk;

        desk_start(&desk);
        CHECK_ROW(ask(&desk, paths[i], "1", as_alice, 1).outcome == TAG_FOUND, "%s", paths[i]);
        revoke();
        CHECK_ROW(ask(&desk, paths[i], "2", as_alice, 1).outcome == TAG_FOUND, "%s", paths[i]);
        CHECK_ROW(count_tokens(paths[i]) == 2, "%s: %d", paths[i], count_tokens(paths[i]));
        CHECK_ROW(count("HEAD", paths[i], "2") == 2, "%s: %d", paths[i], count("HEAD", paths[i], "2"));
        CHECK_ROW(count("GET", paths[i], "2") == 0, "%s", paths[i]);
        desk_stop(&desk);
    }
}

TEST(what_a_fresh_token_does_not_cure_is_final)
{
    struct registry_desk desk;
    struct registry_result result;
    const char *path = "dead-403/bob";
    int tokens;

    desk_start(&desk);
    (void)ask(&desk, path, "1", as_bob_then_alice, 1);
    tokens = count_tokens(path);
    result = ask(&desk, path, "2", as_bob_then_alice, 1);
    CHECK(result.outcome == TAG_MUST_NOT);
    CHECK_ROW(strstr(result.cause, "says 403: no access with the credentials given, nor without"), "%s",
              result.cause);
    CHECK_ROW(count_tokens(path) - tokens <= 2, "%d", count_tokens(path) - tokens); /* bob's, nobody's */
    CHECK_ROW(count("HEAD", path, "2") <= 4 && count("GET", path, "2") <= 2, "%d, %d",
              count("HEAD", path, "2"), count("GET", path, "2"));
    desk_stop(&desk);
}

TEST(a_refused_head_is_asked_again_by_get_once)
{
    static const int statuses[] = {204, 400, 401, 402, 403, 404, 405, 406, 410, 412, 418, 451, 501};

    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        struct registry_desk desk;
        char path[32];

        (void)snprintf(path, sizeof(path), "head-%d/once", statuses[i]);
        desk_start(&desk);
        CHECK_ROW(ask(&desk, path, "1", nobody, 0).outcome == TAG_FOUND, "%s", path);
        CHECK_ROW(count("HEAD", path, "1") == 1 && count("GET", path, "1") == 1, "%s", path);
        desk_stop(&desk);
    }
}

TEST(an_overloaded_or_failing_registry_is_not_asked_again)
{
    static const int statuses[] = {429, 500, 502, 503, 504};

    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        struct registry_desk desk;
        char path[32];

        (void)snprintf(path, sizeof(path), "head-%d/never", statuses[i]);
        desk_start(&desk);
        CHECK_ROW(ask(&desk, path, "1", nobody, 0).outcome == TAG_NOT_NOW, "%s", path);
        CHECK_ROW(count("HEAD", path, "1") == 1 && count("GET", path, "1") == 0, "%s", path);
        desk_stop(&desk);
    }
}

TEST(a_refused_method_leaves_what_was_said_to_head)
{
    static const struct {
        const char *path;
        const char *cause;
    } rows[] = {
        {"no-get-401/app", "says 401: no access without credentials"},
        {"no-get-403/app", "says 403: no access without credentials"},
        {"no-get-404/app", "says 404: no such tag, or no access"},
        {"no-get-412/app", "says 412: not what a registry says"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct registry_desk desk;
        struct registry_result result;

        desk_start(&desk);
        result = ask(&desk, rows[i].path, "1", nobody, 0);
        CHECK_ROW(result.outcome == TAG_MUST_NOT && strstr(result.cause, rows[i].cause), "%s: %s",
                  rows[i].path, result.cause);
        desk_stop(&desk);
    }
}

TEST(every_credential_is_asked_for_by_get_where_head_is_refused)
{
    static const int statuses[] = {401, 403, 404, 405};

    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        struct registry_desk desk;
        struct registry_result result;
        char path[32];

        (void)snprintf(path, sizeof(path), "head-private-%d/all", statuses[i]);
        desk_start(&desk);
        result = ask(&desk, path, "1", as_bob_then_alice, 2);
        CHECK_ROW(result.outcome == TAG_FOUND && result.credential_number == 2, "%s: %s", path, result.cause);
        result = ask(&desk, path, "2", as_bob_then_alice, 1);
        CHECK_ROW(result.outcome == TAG_MUST_NOT, "%s", path);
        desk_stop(&desk);
    }
}

TEST(a_denial_without_a_login_is_told_by_get)
{
    struct registry_desk desk;
    struct registry_result result;

    desk_start(&desk);
    result = ask(&desk, "basic/told", "1", nobody, 0);
    CHECK(result.outcome == TAG_MUST_NOT);
    CHECK(count("HEAD", "basic/told", "1") == 1 && count("GET", "basic/told", "1") == 1);
    result = ask(&desk, "realm-says-403/told", "1", as_mallory, 1);
    CHECK_ROW(strstr(result.cause, "token server of registry"), "%s", result.cause);
    CHECK_ROW(
        strstr(result.cause, "says 403: DENIED: the item is ?[31mquarantined (asked with the credentials"),
        "%s", result.cause);
    CHECK_ROW(!strstr(result.cause, "hush"), "%s", result.cause);
    desk_stop(&desk);
}

/* Registered last: the child goes when the tests are through. */
TEST(the_fake_ends)
{
    fake_registry_stop(&fake);
    CHECK(true);
}

__attribute__((constructor)) static void start_fake(void)
{
    fake = fake_registry_start(NULL, NULL);
    (void)snprintf(host, sizeof(host), "127.0.0.1:%d", fake.port);
}

TEST_MAIN()
