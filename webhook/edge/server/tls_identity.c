/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/tls_identity.h"

#include "base/memory.h"
#include "edge/server/tls_pair.h"

#include <assert.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_COUNT = 3 };

/* What tells one state of a file from another; zero where it is not there. */
struct file_state {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
    struct timespec changed;
};

struct tls_identity {
    struct tls_identity_options options;
    SSL_CTX *context;
    struct file_state seen[FILE_COUNT]; /* of the last attempt; the polling thread only */
    bool refused;                       /* the last attempt failed */
    struct error refusal;
    pthread_mutex_t mutex;    /* held to copy and count one pointer */
    struct tls_pair *current; /* NULL: the files were not there yet */
};

static struct tls_pair *acquire(struct tls_identity *identity)
{
    pthread_mutex_lock(&identity->mutex);
    struct tls_pair *pair = identity->current;
    if (pair)
        atomic_fetch_add(&pair->references, 1);
    pthread_mutex_unlock(&identity->mutex);
    return pair;
}

/* Runs in each handshake, once the ClientHello is there. */
static int use_current_pair(SSL *ssl, void *ctx)
{
    struct tls_pair *pair = acquire(ctx);
    int good;

    if (!pair)
        return 0;
    good = SSL_use_cert_and_key(ssl, pair->leaf, pair->key, pair->chain, 1);
    if (good == 1 && pair->client_store)
        good = SSL_set1_verify_cert_store(ssl, pair->client_store) == 1;
    tls_pair_release(pair);
    return good == 1;
}

static const unsigned char alpn_both[] = "\x02h2\x08http/1.1";
static const unsigned char alpn_http1[] = "\x08http/1.1";

/* An unknown protocol is no error: the connection goes on as HTTP/1.1. */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *ctx)
{
    const struct tls_identity *identity = ctx;
    const unsigned char *ours = identity->options.no_http2 ? alpn_http1 : alpn_both;
    unsigned ours_len = (unsigned)(identity->options.no_http2 ? sizeof alpn_http1 : sizeof alpn_both) - 1;
    unsigned char *selected;

    (void)ssl;
    if (SSL_select_next_proto(&selected, out_len, ours, ours_len, in, in_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = selected;
    return SSL_TLSEXT_ERR_OK;
}

/*
 * AES-128 first: it is the cheapest that is good. Go never resumes without a
 * session cache, so tickets would only cost; SSL_OP_NO_TICKET alone would
 * make OpenSSL 3 keep the sessions itself.
 */
static SSL_CTX *make_context(struct tls_identity *identity)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) ||
        !SSL_CTX_set_ciphersuites(
            context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") ||
        !SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                          "ECDHE+AESGCM:ECDHE+CHACHA20"))
        abort();
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_cert_cb(context, use_current_pair, identity);
    SSL_CTX_set_alpn_select_cb(context, select_protocol, identity);
    if (identity->options.client_ca)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return context;
}

static struct file_state state_of(const char *path)
{
    struct file_state state;
    struct stat info;

    memset(&state, 0, sizeof state);
    if (!path || stat(path, &info) != 0)
        return state;
    state.device = info.st_dev;
    state.inode = info.st_ino;
    state.size = info.st_size;
    state.modified = info.st_mtim;
    state.changed = info.st_ctim;
    return state;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_state(const struct file_state *a, const struct file_state *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

/* Taken before the files are read: what changes in between is seen next time. */
static bool files_changed(struct tls_identity *identity)
{
    const char *const paths[FILE_COUNT] = {identity->options.cert, identity->options.key,
                                           identity->options.client_ca};
    bool changed = false;

    for (size_t i = 0; i < FILE_COUNT; i++) {
        struct file_state now = state_of(paths[i]);
        changed |= !same_state(&now, &identity->seen[i]);
        identity->seen[i] = now;
    }
    return changed;
}

static int load(const struct tls_identity *identity, struct tls_pair **ret, struct error *err)
{
    return tls_pair_load(identity->options.cert, identity->options.key, identity->options.client_ca, ret,
                         err);
}

static void publish(struct tls_identity *identity, struct tls_pair *pair)
{
    pthread_mutex_lock(&identity->mutex);
    struct tls_pair *old = identity->current;
    identity->current = pair;
    pthread_mutex_unlock(&identity->mutex);
    tls_pair_release(old);
}

/* Neither is there. Where only one is missing, something is wrong. */
static bool is_awaited(const struct tls_identity *identity)
{
    static const struct file_state none;

    return same_state(&identity->seen[0], &none) && same_state(&identity->seen[1], &none);
}

int tls_identity_open(const struct tls_identity_options *options, struct tls_identity **ret,
                      struct error *err)
{
    struct tls_identity *identity = memory_zeroed(1, sizeof *identity);

    identity->options = *options;
    (void)files_changed(identity);
    if (!is_awaited(identity) && load(identity, &identity->current, err) < 0) {
        free(identity);
        return -1;
    }
    pthread_mutex_init(&identity->mutex, NULL);
    identity->context = make_context(identity);
    *ret = identity;
    return 0;
}

void tls_identity_free(struct tls_identity *identity)
{
    if (!identity)
        return;
    SSL_CTX_free(identity->context);
    tls_pair_release(identity->current);
    pthread_mutex_destroy(&identity->mutex);
    free(identity);
}

struct ssl_ctx_st *tls_identity_context(const struct tls_identity *identity)
{
    return identity->context;
}

static enum tls_reload refuse(struct tls_identity *identity, bool changed, const struct error *reason,
                              struct error *err)
{
    bool known =
        identity->refused && !changed && str_equal(error_text(reason), error_text(&identity->refusal));

    identity->refused = true;
    identity->refusal = *reason;
    *err = *reason;
    return known ? TLS_UNCHANGED : TLS_REFUSED;
}

bool tls_identity_is_there(struct tls_identity *identity)
{
    struct tls_pair *pair = acquire(identity);

    tls_pair_release(pair);
    return pair != NULL;
}

enum tls_reload tls_identity_poll(struct tls_identity *identity, struct error *err)
{
    bool changed = files_changed(identity);
    struct tls_pair *pair;
    struct error reason;

    if (!changed && !identity->refused)
        return TLS_UNCHANGED;
    if (load(identity, &pair, &reason) < 0)
        return refuse(identity, changed, &reason, err);
    identity->refused = false;
    publish(identity, pair);
    return TLS_RELOADED;
}

int64_t tls_identity_not_after(struct tls_identity *identity)
{
    struct tls_pair *pair = acquire(identity);
    int64_t not_after = pair ? pair->not_after : 0;

    tls_pair_release(pair);
    return not_after;
}

int64_t tls_identity_not_before(struct tls_identity *identity)
{
    struct tls_pair *pair = acquire(identity);
    int64_t not_before = pair ? pair->not_before : 0;

    tls_pair_release(pair);
    return not_before;
}
