/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/credentials.h"

#include "base/base64.h"
#include "base/memory.h"
#include "edge/kube/exec.h"
#include "edge/kube/material.h"
#include "edge/system/secret_text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    EARLY_SECONDS = 5,      /* before it expires, a plugin is run again */
    PLUGIN_PAUSE_MS = 1000, /* between two runs, whatever happens */
    TOKEN_BYTES_MAX = 256 << 10,
};

struct kube_credentials {
    struct outbound *outbound;
    const struct kube_config *config;
    struct kube_material_file authority;
    struct kube_material_file client_certificate;
    struct kube_material_file client_key;
    struct kube_material_file token;
    struct text authorization; /* of the last identity */
    struct arena authorization_arena;
    /* the plugin */
    struct kube_exec_run *run;
    struct kube_exec_credential plugin; /* in plugin_arena */
    struct arena plugin_arena;
    bool has_plugin;
    int64_t ran_ms;            /* when it last ended; 0: never ran */
    struct error plugin_error; /* ERROR_NONE: the last run was good */
    void (*on_ready)(void *ctx);
    void *ctx;
};

struct kube_credentials *kube_credentials_new(struct outbound *outbound, const struct kube_config *config,
                                              void (*on_ready)(void *ctx), void *ctx)
{
    struct kube_credentials *credentials = memory_zeroed(1, sizeof(*credentials));

    credentials->outbound = outbound;
    credentials->config = config;
    credentials->on_ready = on_ready;
    credentials->ctx = ctx;
    kube_material_init(&credentials->authority, &config->authority);
    kube_material_init(&credentials->client_certificate, &config->client_certificate);
    kube_material_init(&credentials->client_key, &config->client_key);
    kube_material_init(&credentials->token, &config->token);
    arena_init(&credentials->authorization_arena);
    text_init(&credentials->authorization, &credentials->authorization_arena, TOKEN_BYTES_MAX);
    arena_init(&credentials->plugin_arena);
    return credentials;
}

static void forget_authorization(struct kube_credentials *credentials)
{
    secret_text_cleanse(text_str(&credentials->authorization));
    arena_release(&credentials->authorization_arena);
    text_init(&credentials->authorization, &credentials->authorization_arena, TOKEN_BYTES_MAX);
}

static void forget_plugin(struct kube_credentials *credentials)
{
    secret_text_cleanse(credentials->plugin.token);
    secret_text_cleanse(credentials->plugin.client_key_pem);
    arena_release(&credentials->plugin_arena);
    credentials->plugin = (struct kube_exec_credential){.expires = 0};
    credentials->has_plugin = false;
}

void kube_credentials_free(struct kube_credentials *credentials)
{
    if (credentials->run)
        kube_exec_cancel(credentials->run);
    forget_authorization(credentials);
    forget_plugin(credentials);
    kube_material_release(&credentials->authority);
    kube_material_release(&credentials->client_certificate);
    kube_material_release(&credentials->client_key);
    kube_material_release(&credentials->token);
    free(credentials);
}

void kube_credentials_doubt(struct kube_credentials *credentials)
{
    kube_material_doubt(&credentials->token);
    kube_material_doubt(&credentials->client_certificate);
    kube_material_doubt(&credentials->client_key);
    if (credentials->has_plugin && monotonic_ms() - credentials->ran_ms >= PLUGIN_PAUSE_MS)
        forget_plugin(credentials);
}

static void on_plugin(void *ctx, struct str output, const struct error *err)
{
    struct kube_credentials *credentials = ctx;
    struct error *problem = &credentials->plugin_error;

    credentials->run = NULL;
    credentials->ran_ms = monotonic_ms();
    forget_plugin(credentials);
    problem->code = ERROR_NONE;
    if (err)
        *problem = *err;
    else if (kube_exec_read(&credentials->plugin_arena, output, credentials->config->exec->api_version,
                            &credentials->plugin, problem) == 0)
        credentials->has_plugin = true;
    credentials->on_ready(credentials->ctx);
}

static bool has_expired(const struct kube_exec_credential *credential)
{
    return credential->expires != 0 && credential->expires - EARLY_SECONDS <= (int64_t)time(NULL);
}

static enum kube_credentials_state ask_plugin(struct kube_credentials *credentials, struct error *err)
{
    bool recent = credentials->ran_ms > 0 && monotonic_ms() - credentials->ran_ms < PLUGIN_PAUSE_MS;

    if (!credentials->config->exec)
        return KUBE_CREDENTIALS_READY;
    if (credentials->run)
        return KUBE_CREDENTIALS_PENDING;
    if (credentials->has_plugin && (recent || !has_expired(&credentials->plugin)))
        return KUBE_CREDENTIALS_READY;
    if (recent && credentials->plugin_error.code != ERROR_NONE) {
        *err = credentials->plugin_error;
        return KUBE_CREDENTIALS_FAILED;
    }
    credentials->run = kube_exec_start(credentials->outbound, credentials->config, on_plugin, credentials);
    return KUBE_CREDENTIALS_PENDING;
}

static bool can_be_sent(struct str token)
{
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] <= ' ' || token.ptr[i] == 0x7f)
            return false;
    }
    return true;
}

static int set_token(struct kube_credentials *credentials, struct str token, struct error *err)
{
    token = str_trim(token);
    if (token.len == 0)
        return error_set(err, ERROR_INVALID, "the token for the API server is empty");
    if (token.len > TOKEN_BYTES_MAX / 2 || !can_be_sent(token))
        return error_set(err, ERROR_INVALID, "the token for the API server is none");
    text_add(&credentials->authorization, STR("Bearer "));
    text_add(&credentials->authorization, token);
    return 0;
}

static void set_basic(struct kube_credentials *credentials, const struct kube_config *config)
{
    struct arena *arena = &credentials->authorization_arena;
    struct str pair = arena_join(arena, config->username, STR(":"), config->password);
    size_t len = base64_encoded_len(pair.len);
    char *encoded = arena_alloc(arena, len);

    base64_encode(pair, encoded);
    text_add(&credentials->authorization, STR("Basic "));
    text_add(&credentials->authorization, (struct str){encoded, len});
    secret_text_cleanse(pair);
    secret_text_cleanse((struct str){encoded, len});
}

static int set_authorization(struct kube_credentials *credentials, struct error *err)
{
    const struct kube_config *config = credentials->config;
    struct str token = credentials->plugin.token;

    forget_authorization(credentials);
    if (!str_starts(str_from_c(config->server), STR("https:")))
        return 0; /* not in the clear */
    if (token.len == 0 && (config->token.path || config->token.data.len > 0) &&
        kube_material_get(&credentials->token, monotonic_ms(), &token, err) < 0)
        return -1;
    if (token.ptr)
        return set_token(credentials, token, err);
    if (config->username.len > 0)
        set_basic(credentials, config);
    return 0;
}

static int set_certificates(struct kube_credentials *credentials, struct http_certificates *ret,
                            struct error *err)
{
    int64_t now = monotonic_ms();

    *ret = (struct http_certificates){.authorities = NULL};
    if (kube_material_get(&credentials->authority, now, &ret->authorities_pem, err) < 0 ||
        kube_material_get(&credentials->client_certificate, now, &ret->client_certificate_pem, err) < 0 ||
        kube_material_get(&credentials->client_key, now, &ret->client_key_pem, err) < 0)
        return -1;
    if (credentials->plugin.client_certificate_pem.len > 0) {
        ret->client_certificate_pem = credentials->plugin.client_certificate_pem;
        ret->client_key_pem = credentials->plugin.client_key_pem;
    }
    return 0;
}

enum kube_credentials_state kube_credentials_get(struct kube_credentials *credentials,
                                                 struct kube_identity *ret, struct error *err)
{
    enum kube_credentials_state state = ask_plugin(credentials, err);

    if (state != KUBE_CREDENTIALS_READY)
        return state;
    if (set_authorization(credentials, err) < 0 || set_certificates(credentials, &ret->certificates, err) < 0)
        return KUBE_CREDENTIALS_FAILED;
    ret->authorization = text_str(&credentials->authorization);
    return KUBE_CREDENTIALS_READY;
}
