/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_TLS_PAIR_H
#define WEIR_EDGE_SERVER_TLS_PAIR_H

#include "base/error.h"

#include <openssl/ssl.h>
#include <stdatomic.h>

enum { TLS_FILE_MAX = 1 << 20 }; /* bytes of one PEM file */

/* A certificate chain with its key, and the client CAs: immutable, counted. */
struct tls_pair {
    atomic_int references;
    X509 *leaf;
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
    X509_STORE *client_store; /* NULL: no client certificate is asked for */
    int64_t not_before;
    int64_t not_after;
};

/* `client_ca` may be NULL. The messages name the file; with one reference. */
MUST_CHECK int tls_pair_load(const char *cert, const char *key, const char *client_ca, struct tls_pair **ret,
                             struct error *err);
void tls_pair_release(struct tls_pair *pair);

#endif
