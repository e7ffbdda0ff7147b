/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_TOKEN_H
#define WEIR_EDGE_REGISTRY_TOKEN_H

#include "core/registry/auth_challenge.h"
#include "core/registry/credentials.h"
#include "edge/outbound/web_url.h"

/*
 * Bearer tokens (distribution's "Docker Registry v2 authentication"): how one
 * is asked for, what the answer says, and the tokens that are still good. The
 * outbound thread's alone.
 */
enum {
    TOKEN_ANSWER_MAX = 64 << 10, /* bytes */
    TOKEN_MAX = 32 << 10,
    TOKEN_SCOPE_MAX = 4096,
    TOKENS_MAX = 1024, /* kept; the one that ends first makes room */
};

/* What a token is for. `credential` NULL: anonymous. */
struct token_key {
    struct str realm;
    struct str service;
    struct str scope;
    const struct credential *credential;
};

/* GET <realm>?service=…&scope=…, one scope each; keeps a query that the realm has. */
MUST_CHECK int registry_token_url(struct arena *arena, const struct token_key *key, struct web_url *ret,
                                  struct error *err);

/* What a token server handed out. */
struct registry_token {
    struct str text; /* the arena's */
    int64_t life_ms; /* from now; it is renewed at 80 % of its life or 10 s before the end */
};

/* Reads the answer. `wall_now` in seconds since the epoch. Messages quote nothing. */
MUST_CHECK int registry_token_parse(struct arena *arena, struct str body, int64_t wall_now,
                                    struct registry_token *ret, struct error *err);

/* "Bearer …" and "Basic …" header values. */
struct str registry_token_bearer(struct arena *arena, struct str token);
struct str registry_token_basic(struct arena *arena, const struct credential *credential);

struct token_cache;
struct token_cache *token_cache_new(void);
void token_cache_free(struct token_cache *cache);
/* Empty: none. Valid until the next call. */
struct str token_cache_find(struct token_cache *cache, const struct token_key *key, int64_t now_ms);
void token_cache_store(struct token_cache *cache, const struct token_key *key, struct str token,
                       int64_t until_ms);
void token_cache_drop(struct token_cache *cache, const struct token_key *key);

#endif
