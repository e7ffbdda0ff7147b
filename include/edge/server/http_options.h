/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_OPTIONS_H
#define WEIR_EDGE_SERVER_HTTP_OPTIONS_H

#include "edge/log/log.h"

struct ssl_ctx_st;

/* The listener of the service itself, and the plain one for probes. */
enum listener { LISTENER_TLS, LISTENER_PROBE, LISTENER_COUNT };

/* What a server is opened with. Texts and pointers are borrowed for its life. */
struct http_server_options {
    const char *listen;       /* NULL: none, nor `tls` */
    const char *probe_listen; /* NULL: none */
    size_t threads;
    size_t connections_max;
    size_t body_memory;         /* for large bodies of HTTP/1, bytes: see read_budget.h */
    int64_t request_timeout_ms; /* for a request's body to come; and for its answer to be taken */
    struct ssl_ctx_st *tls;
    struct log *log;
};

#endif
