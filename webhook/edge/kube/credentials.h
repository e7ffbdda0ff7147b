/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_CREDENTIALS_H
#define WEIR_EDGE_KUBE_CREDENTIALS_H

#include "edge/kube/config.h"
#include "edge/outbound/http_exchange.h"

/*
 * Who we are to the API server, now: tokens and certificates are read again when
 * their files change, a plugin is run again before what it said expires, and
 * after kube_credentials_doubt(). The outbound thread's alone.
 */
struct kube_credentials;

/* Valid until the next call of any function here. */
struct kube_identity {
    struct str authorization; /* of the header; empty: none */
    struct http_certificates certificates;
};

enum kube_credentials_state {
    KUBE_CREDENTIALS_READY,
    KUBE_CREDENTIALS_PENDING, /* a plugin runs: on_ready will be called */
    KUBE_CREDENTIALS_FAILED,
};

/* `on_ready`: what was pending is decided, ask again. */
struct kube_credentials *kube_credentials_new(struct outbound *outbound, const struct kube_config *config,
                                              void (*on_ready)(void *ctx), void *ctx);
void kube_credentials_free(struct kube_credentials *credentials);

/* A failure is kept for a second before a plugin is run again. */
MUST_CHECK enum kube_credentials_state kube_credentials_get(struct kube_credentials *credentials,
                                                            struct kube_identity *ret, struct error *err);
/* The server refused them (401): the next call fetches anew. */
void kube_credentials_doubt(struct kube_credentials *credentials);

#endif
