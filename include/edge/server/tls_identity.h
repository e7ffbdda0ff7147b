/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_TLS_IDENTITY_H
#define WEIR_EDGE_SERVER_TLS_IDENTITY_H

#include "base/error.h"

/*
 * Who the server is: certificate chain and key, and whose client certificates
 * it demands. Read from files and read again when they change, by comparing
 * device, inode, size and times behind any symbolic links, so that the
 * directory swap of a Kubernetes volume is seen.
 *
 * Where neither certificate nor key is there at first, there is no identity yet:
 * every handshake fails until the files appear. That is how a Pod starts before
 * the Secret that it mounts is made.
 *
 * One SSL_CTX for life: every handshake takes the pair that is current then, so
 * that no connection is dropped and no context is ever freed under one.
 */
struct tls_identity;
struct ssl_ctx_st;

struct tls_identity_options {
    const char *cert;      /* PEM: the leaf first, then its chain */
    const char *key;       /* PEM, without passphrase */
    const char *client_ca; /* PEM; NULL: clients need no certificate */
    bool no_http2;         /* offer http/1.1 only */
};

/* The texts of `options` must outlive the identity. Says which file is wrong, and why. */
MUST_CHECK int tls_identity_open(const struct tls_identity_options *options, struct tls_identity **ret,
                                 struct error *err);
void tls_identity_free(struct tls_identity *identity);

/* Borrowed; TLS >= 1.2, no tickets, no sessions, no renegotiation. */
struct ssl_ctx_st *tls_identity_context(const struct tls_identity *identity);

/* There is a pair to serve with. Once true it stays so. Any thread. */
bool tls_identity_is_there(struct tls_identity *identity);

enum tls_reload { TLS_UNCHANGED, TLS_RELOADED, TLS_REFUSED };

/*
 * To be called every second, from one thread. A pair that cannot be read or does not match is
 * refused, the old one kept; it is tried again each time, but TLS_REFUSED with its
 * reason is only returned once until files or reason change.
 */
enum tls_reload tls_identity_poll(struct tls_identity *identity, struct error *err);

/* When the current leaf ends, seconds since the epoch; 0 where there is none. Any thread. */
int64_t tls_identity_not_after(struct tls_identity *identity);
int64_t tls_identity_not_before(struct tls_identity *identity);

#endif
