/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/token.h"

#include "test.h"

static const struct credential robot = {.username = STR_INIT("robot$ci"), .password = STR_INIT("p:w/+")};

TEST(token_urls_are_escaped_and_keep_the_realms_query)
{
    static const struct {
        const char *realm, *service, *scope, *want;
    } rows[] = {
        {"https://auth.docker.io/token", "registry.docker.io", "repository:library/nginx:pull",
         "https://auth.docker.io/token?service=registry.docker.io&scope=repository%3alibrary%2fnginx%3apull"},
        {"https://a.example/t?kind=x", "", "repository:a:pull",
         "https://a.example/t?kind=x&scope=repository%3aa%3apull"},
        {"https://a.example/t", "the one&only=1", "repository:a:pull,push  repository:b:pull",
         "https://a.example/"
         "t?service=the+one%26only%3d1&scope=repository%3aa%3apull%2cpush&scope=repository%3ab%3apull"},
        {"https://a.example/t#x", "s", "y", "https://a.example/t?service=s&scope=y"},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct token_key key = {str_from_c(rows[i].realm), str_from_c(rows[i].service),
                                      str_from_c(rows[i].scope), NULL};
        struct web_url url;
        struct error err;

        CHECK_ROW(registry_token_url(&arena, &key, &url, &err) == 0, "%s: %s", rows[i].realm, err.text);
        CHECK_STR(str_from_c(url.text), str_from_c(rows[i].want));
    }
    arena_release(&arena);
}

TEST(token_answers_are_read_as_registries_write_them)
{
    static const struct {
        const char *body;
        const char *token; /* NULL: refused */
        int64_t life_ms;
    } rows[] = {
        {"{\"token\":\"abc\"}", "abc", 48000},
        {"{\"access_token\":\"abc\",\"expires_in\":300}", "abc", 240000},
        {"{\"token\":\"old\",\"access_token\":\"new\",\"expires_in\":10}", "new", 48000},
        {"{\"Token\":\"abc\",\"expires_in\":\"300\"}", "abc", 48000},
        {"{\"token\":\"abc\",\"expires_in\":300.5}", "abc", 240000},
        {"{\"token\":\"abc\",\"expires_in\":99999999999999999999999}", "abc", 48000},
        {"{\"token\":\"abc\",\"expires_in\":-5}", "abc", 48000},
        {"{\"token\":\"abc\",\"expires_in\":1000000}", "abc", 69120000},
        {"{\"token\":\"abc\",\"expires_in\":300,\"issued_at\":\"2023-11-14T22:12:20Z\"}", "abc", 192000},
        {"{\"token\":\"abc\",\"expires_in\":300,\"issued_at\":\"2030-01-01T00:00:00Z\"}", "abc", 240000},
        {"{\"token\":\"abc\",\"expires_in\":300,\"issued_at\":\"2001-01-01T00:00:00Z\"}", "abc", -10000},
        {"{\"token\":null,\"access_token\":\"abc\"}", "abc", 48000},
        {"{\"token\":\"\"}", NULL, 0},
        {"{\"token\":\"a b\"}", NULL, 0},
        {"{\"token\":\"a\\r\\nX: y\"}", NULL, 0},
        {"{\"token\":7}", NULL, 0},
        {"[\"token\"]", NULL, 0},
        {"<html>", NULL, 0},
        {"", NULL, 0},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct registry_token token = {.life_ms = 0};
        struct error err;
        int failed = registry_token_parse(&arena, str_from_c(rows[i].body), 1700000000, &token, &err);

        CHECK_ROW((failed == 0) == (rows[i].token != NULL), "%s", rows[i].body);
        CHECK_STR(token.text, str_from_c(rows[i].token));
        CHECK_ROW(token.life_ms == rows[i].life_ms, "%s: %lld", rows[i].body, (long long)token.life_ms);
    }
    arena_release(&arena);
}

TEST(header_values_are_made_whole)
{
    struct arena arena;

    arena_init(&arena);
    CHECK_STR(registry_token_basic(&arena, &robot), STR("Basic cm9ib3QkY2k6cDp3Lys="));
    CHECK_STR(registry_token_bearer(&arena, STR("abc")), STR("Bearer abc"));
    arena_release(&arena);
}

TEST(tokens_are_kept_by_realm_service_scope_and_credential)
{
    struct token_cache *cache = token_cache_new();
    const struct token_key key = {STR("https://a/t"), STR("s"), STR("repository:a:pull"), &robot};
    struct token_key others[] = {key, key, key, key};

    others[0].realm = STR("https://b/t");
    others[1].service = STR("");
    others[2].scope = STR("repository:b:pull");
    others[3].credential = NULL;
    token_cache_store(cache, &key, STR("one"), 100);
    CHECK_STR(token_cache_find(cache, &key, 99), STR("one"));
    CHECK(token_cache_find(cache, &key, 100).len == 0);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        CHECK_ROW(token_cache_find(cache, &others[i], 0).len == 0, "%zu", i);
    token_cache_store(cache, &key, STR("two"), 200);
    CHECK_STR(token_cache_find(cache, &key, 150), STR("two"));
    token_cache_drop(cache, &key);
    CHECK(token_cache_find(cache, &key, 0).len == 0);
    token_cache_free(cache);
}

TEST(the_token_that_ends_first_makes_room)
{
    struct token_cache *cache = token_cache_new();
    char scope[32];

    for (int i = 0; i <= TOKENS_MAX; i++) {
        struct token_key key = {STR("r"), STR("s"), STR(""), NULL};

        (void)snprintf(scope, sizeof(scope), "%d", i);
        key.scope = str_from_c(scope);
        token_cache_store(cache, &key, STR("t"), i == 7 ? 10 : 1000);
    }
    for (int i = 0; i <= TOKENS_MAX; i++) {
        struct token_key key = {STR("r"), STR("s"), STR(""), NULL};

        (void)snprintf(scope, sizeof(scope), "%d", i);
        key.scope = str_from_c(scope);
        CHECK_ROW((token_cache_find(cache, &key, 0).len > 0) == (i != 7), "%d", i);
    }
    token_cache_free(cache);
}

TEST_MAIN()
