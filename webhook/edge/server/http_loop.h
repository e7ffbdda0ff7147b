/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_LOOP_H
#define WEIR_EDGE_SERVER_HTTP_LOOP_H

#include "edge/server/http_counters.h"
#include "edge/server/http_handler.h"
#include "edge/server/http_inbox.h"
#include "edge/server/http_options.h"
#include "edge/server/listen_socket.h"
#include "edge/server/read_budget.h"
#include "edge/system/rendezvous.h"

#include <h2o.h>

/*
 * A loop of the server: a thread that turns h2o's event loop, with its
 * connections and a watchdog over them. h2o takes notice of what a callback
 * does only within its own turn; so messages and ticks, which may answer
 * requests, are h2o's callbacks as well.
 */

enum {
    REPLY_ROOM = 8 << 10, /* bytes of one of the rooms for answers */
    REPLY_ROOMS = 8,
};

enum phase { PHASE_RUNNING, PHASE_DRAINING, PHASE_STOPPING };

/* The loop's thread alone touches it, but for the inbox and the atomics. */
struct http_loop {
    struct http_server *server;
    size_t index;
    h2o_context_t context;       /* of the TLS listener's connections */
    h2o_context_t probe_context; /* the first loop only */
    h2o_accept_ctx_t accept;
    h2o_accept_ctx_t probe_accept;
    struct http_inbox inbox;
    h2o_multithread_receiver_t receiver; /* of the bell */
    h2o_multithread_message_t bell;      /* sent when the inbox is no longer empty */
    h2o_timeout_entry_t tick;            /* the handlers'; linked while requests are held */
    size_t held;                         /* requests */
    uint64_t next_watch;                 /* when the watchdog looks again, by h2o_now() */
    uint64_t next_failure_log;           /* the same clock */
    bool stopping;
    struct http_counters counters;
    struct read_budget budget;
    char *
        reply_rooms[REPLY_ROOMS]; /* h2o's shared memory: the loop holds each, and so does a request's pool */
    atomic_size_t connections;    /* TLS ones, those on their way included */
    atomic_size_t probe_connections; /* the same, of the probe listener */
    atomic_int_fast64_t turned;      /* when the loop last turned, of the monotonic clock, ms */
};

/* What http_server.h makes of it, and all loops share. */
struct http_server {
    struct http_server_options options;
    h2o_globalconf_t configs[LISTENER_COUNT];
    h2o_hostconf_t *hosts[LISTENER_COUNT];
    struct http_handler handlers[LISTENER_COUNT];
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

/* Memory of a socket's on_close, which frees it. */
struct connection {
    struct http_loop *loop;
    struct budget_reader reader;
    bool probe;
    bool surplus;
    bool secure; /* the handshake has ended well */
    int alert;   /* the last TLS alert sent, 0: none */
};

static inline struct connection *http_loop_connection(const h2o_req_t *req)
{
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

/* Zeroed memory; `server` has its options. */
void http_loop_init(struct http_loop *loop, struct http_server *server, size_t index);
/* The thread arrives at the server's `ready`, and after the stop of the server at its `ended`. */
void http_loop_start(struct http_loop *loop);

/* Any thread. */

/* Out of its sleep, to look at the server's phase. */
void http_loop_wake(struct http_loop *loop);
/* Gives it a connection, whose file descriptor it closes; `surplus`: beyond the limit, to be refused. */
void http_loop_send(struct http_loop *loop, int fd, bool probe, bool surplus);
size_t http_loop_connections(const struct http_loop *loop);

/* So that loops know of their handshakes' ends. Before the first handshake. */
void http_loop_follow_handshakes(SSL_CTX *tls);

#endif
