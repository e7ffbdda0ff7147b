/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/token.h"

#include "base/base64.h"
#include "base/json/read.h"
#include "base/timestamp.h"
#include "edge/registry/credential_fingerprint.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIFE_LEAST = 60, /* seconds, where the answer says less or nothing */
    LIFE_MOST = 24 * 60 * 60,
    MARGIN = 10,
};

struct token {
    struct credential_fingerprint id; /* of the whole key */
    char *text;                       /* NULL: the place is free */
    size_t len;
    int64_t until_ms;
};

struct token_cache {
    size_t count; /* places ever used */
    struct token tokens[TOKENS_MAX];
};

int registry_token_url(struct arena *arena, const struct token_key *key, struct web_url *ret,
                       struct error *err)
{
    struct web_url url;
    struct str scopes = key->scope;

    if (scopes.len > TOKEN_SCOPE_MAX)
        return error_set(err, ERROR_INVALID, "its scope is longer than %d bytes", TOKEN_SCOPE_MAX);
    if (web_url_parse(arena, NULL, key->realm, &url, err) < 0)
        return -1;
    if (key->service.len > 0 && web_url_add_query(arena, &url, STR("service"), key->service, err) < 0)
        return -1;
    while (scopes.ptr) {
        struct str scope = str_cut(&scopes, ' ');

        if (scope.len > 0 && web_url_add_query(arena, &url, STR("scope"), scope, err) < 0)
            return -1;
    }
    *ret = url;
    return 0;
}

static bool is_token(struct str token)
{
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] <= ' ' || token.ptr[i] >= 0x7f)
            return false;
    }
    return token.len > 0 && token.len <= TOKEN_MAX;
}

static int64_t life_of(const struct value *answer, int64_t wall_now)
{
    const struct value *expires_in = value_find_nocase(answer, STR("expires_in"));
    int64_t life = LIFE_LEAST;
    int64_t issued;

    if (expires_in && expires_in->kind == VALUE_NUMBER &&
        !str_to_int64(str_slice(expires_in->text, 0, str_find(expires_in->text, '.')), INT64_MIN, INT64_MAX,
                      &life))
        life = LIFE_LEAST;
    if (life < LIFE_LEAST)
        life = LIFE_LEAST;
    if (life > LIFE_MOST)
        life = LIFE_MOST;
    /* A moment in the future is the other clock's fault. */
    if (timestamp_parse(value_string(value_find_nocase(answer, STR("issued_at"))), &issued) &&
        issued <= wall_now)
        life -= wall_now - issued < life ? wall_now - issued : life;
    return life;
}

int registry_token_parse(struct arena *arena, struct str body, int64_t wall_now, struct registry_token *ret,
                         struct error *err)
{
    struct value *answer;
    struct str token;
    int64_t life;

    if (json_read(arena, body, &answer, err) < 0 || answer->kind != VALUE_MAP)
        return error_set(err, ERROR_INVALID, "it gives no JSON");
    token = value_string(value_find_nocase(answer, STR("access_token")));
    if (token.len == 0)
        token = value_string(value_find_nocase(answer, STR("token")));
    if (!is_token(token))
        return error_set(err, ERROR_INVALID, "it gives no usable token");
    life = life_of(answer, wall_now);
    ret->text = token;
    ret->life_ms = life * 800 < (life - MARGIN) * 1000 ? life * 800 : (life - MARGIN) * 1000;
    return 0;
}

struct str registry_token_bearer(struct arena *arena, struct str token)
{
    return arena_join(arena, STR("Bearer "), token);
}

struct str registry_token_basic(struct arena *arena, const struct credential *credential)
{
    struct str pair = arena_join(arena, credential->username, STR(":"), credential->password);
    size_t len = base64_encoded_len(pair.len);
    char *encoded = arena_alloc(arena, len + 1);

    base64_encode(pair, encoded);
    return arena_join(arena, STR("Basic "), ((struct str){encoded, len}));
}

struct token_cache *token_cache_new(void)
{
    struct token_cache *cache = calloc(1, sizeof(*cache));

    if (!cache)
        abort();
    return cache;
}

static void forget(struct token *token)
{
    if (token->text)
        OPENSSL_cleanse(token->text, token->len);
    free(token->text);
    *token = (struct token){.text = NULL};
}

void token_cache_free(struct token_cache *cache)
{
    for (size_t i = 0; i < cache->count; i++)
        forget(&cache->tokens[i]);
    free(cache);
}

/* Realm, service and scope as a credential of their own, so that one hash serves. */
static struct credential_fingerprint id_of(const struct token_key *key)
{
    const struct credential place = {.username = key->realm, .password = key->service};
    const struct credential scope = {.username = key->scope,
                                     .password = key->credential ? STR("with") : STR("without")};
    const struct credential *const parts[] = {&place, &scope, key->credential};

    return credential_fingerprint(parts, key->credential ? 3 : 2);
}

static struct token *find(struct token_cache *cache, const struct token_key *key)
{
    struct credential_fingerprint id = id_of(key);

    for (size_t i = 0; i < cache->count; i++) {
        if (cache->tokens[i].text && credential_fingerprint_equal(&cache->tokens[i].id, &id))
            return &cache->tokens[i];
    }
    return NULL;
}

struct str token_cache_find(struct token_cache *cache, const struct token_key *key, int64_t now_ms)
{
    struct token *token = find(cache, key);

    if (!token || token->until_ms <= now_ms)
        return (struct str){NULL, 0};
    return (struct str){token->text, token->len};
}

static struct token *free_place(struct token_cache *cache)
{
    struct token *first = &cache->tokens[0];

    if (cache->count < TOKENS_MAX)
        return &cache->tokens[cache->count++];
    for (size_t i = 0; i < TOKENS_MAX; i++) {
        if (!cache->tokens[i].text)
            return &cache->tokens[i];
        if (cache->tokens[i].until_ms < first->until_ms)
            first = &cache->tokens[i];
    }
    return first;
}

void token_cache_store(struct token_cache *cache, const struct token_key *key, struct str token,
                       int64_t until_ms)
{
    struct token *place = find(cache, key);

    if (!place)
        place = free_place(cache);
    forget(place);
    place->text = malloc(token.len + 1);
    if (!place->text)
        abort();
    memcpy(place->text, token.ptr, token.len);
    place->len = token.len;
    place->id = id_of(key);
    place->until_ms = until_ms;
}

void token_cache_drop(struct token_cache *cache, const struct token_key *key)
{
    struct token *token = find(cache, key);

    if (token)
        forget(token);
}
