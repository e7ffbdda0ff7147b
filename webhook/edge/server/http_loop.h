/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_LOOP_H
#define WEIR_EDGE_SERVER_HTTP_LOOP_H

#include "edge/server/http_counters.h"
#include "edge/server/http_server.h"
#include "edge/server/listen_socket.h"
#include "edge/server/read_budget.h"
#include "edge/system/rendezvous.h"
#include <h2o.h>

enum phase { PHASE_RUNNING, PHASE_DRAINING, PHASE_STOPPING };

/* One loop thread and what only it touches, but for the atomics. */
struct http_loop {
    struct http_server *server;
    size_t index;
    pthread_t thread;
    h2o_context_t context;       /* of the TLS listener's connections */
    h2o_context_t probe_context; /* the first loop only */
    h2o_accept_ctx_t accept;
    h2o_accept_ctx_t probe_accept;
    h2o_multithread_receiver_t inbox; /* connections from the acceptor */
    uint64_t next_tick;
    uint64_t next_failure_log;
    bool stopping;
    struct http_counters counters;
    struct read_budget budget;
    atomic_size_t connections;       /* TLS ones, those on their way included */
    atomic_size_t probe_connections; /* the same, of the probe listener */
    atomic_int_fast64_t turned;      /* when the loop last turned, of the monotonic clock, ms */
};

struct http_server {
    struct http_server_options options;
    h2o_globalconf_t config;
    h2o_globalconf_t probe_config;
    h2o_hostconf_t *hosts[LISTENER_COUNT];
    int fds[LISTENER_COUNT]; /* of the listeners; -1: none, or the acceptor's */
    struct acceptor *acceptor;
    char addresses[LISTENER_COUNT][LISTEN_ADDRESS_MAX];
    struct http_loop *loops;
    size_t next_loop;            /* the acceptor's thread */
    counter connections_refused; /* the same; beyond the limit */
    atomic_int phase;
    struct rendezvous ready; /* loops that turn */
    struct rendezvous ended; /* loops that have stopped */
};

/* What a socket's on_close has; freed by it. */
struct connection {
    struct http_loop *loop;
    struct budget_reader reader;
    bool probe;
    bool surplus;
    bool secure; /* the handshake has ended well */
    int alert;   /* the last TLS alert sent, 0: none */
};

static inline struct connection *http_connection_of(const h2o_req_t *req)
{
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

#endif
