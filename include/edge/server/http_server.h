/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_SERVER_H
#define WEIR_EDGE_SERVER_HTTP_SERVER_H

#include "base/error.h"
#include "base/text.h"
#include "edge/log/log.h"

/*
 * The HTTP server: one h2o loop a thread. It knows no Kubernetes. Two
 * listeners: the TLS one, whose connections are dealt to the loop that has the
 * fewest, and a plain one for probes, which are the first loop's.
 *
 * What h2o 2.2.5 does not bound, this does: connections, the time a body or the
 * reading of an answer may take, the memory of bodies, the number of header
 * fields, and what becomes of a process out of file descriptors.
 */
struct http_server;
struct ssl_ctx_st;
struct st_h2o_req_t;
struct st_h2o_context_t;
struct st_h2o_hostconf_t;

enum {
    HTTP_BODY_HARD_MAX = 32 << 20, /* h2o resets beyond; handlers refuse earlier, with a sentence */
    REQUEST_FIELDS_MAX = 64,       /* header fields of one request */
    HTTP_TICK_MS = 100,            /* how often deadlines are looked at */
    HTTP_ALIVE_MS = 5000,          /* a loop that has not turned for so long is stuck */
    HTTP_SURPLUS_MAX = 64,         /* connections beyond the limit that still get their 429 */
};

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

/*
 * Binds both listeners. The texts and pointers of `options` are borrowed. A
 * server stays for the life of the process: h2o cannot dispose of what a
 * connection may still use.
 */
MUST_CHECK int http_server_open(const struct http_server_options *options, struct http_server **ret,
                                struct error *err);

enum listener { LISTENER_TLS, LISTENER_PROBE, LISTENER_COUNT };

/* Where handlers are registered, before the start. */
struct st_h2o_hostconf_t *http_server_host(struct http_server *server, enum listener listener);
/* As text, with the port that was taken; "" where there is none. */
const char *http_server_address(const struct http_server *server, enum listener listener);

/* Returns when all loops turn. */
void http_server_start(struct http_server *server);
/* From now on answers say "Connection: close"; everything is served as before. Any thread. */
void http_server_drain(struct http_server *server);
/*
 * Stops accepting and finishes what is in flight; then the loops rest until the
 * process ends. False where that took longer than `timeout_ms`: loops may then
 * still turn, and the process must end by _exit().
 */
bool http_server_stop(struct http_server *server, int64_t timeout_ms);
/* Open connections of the TLS listener. Any thread. */
size_t http_server_connections(const struct http_server *server);
/* A source of struct metrics; `ctx` is the server. */
void http_server_write_metrics(void *ctx, struct text *out);
/* Whether every loop has turned lately. Any thread. */
bool http_server_is_alive(struct http_server *server);

/* For handlers, on their loop's thread. */

/* A request without a body, for answers that need no more than its path. */
struct http_question {
    struct str path; /* normalized, without the query */
    struct str query;
    bool get; /* GET or HEAD */
};
typedef void http_answer(void *ctx, const struct http_question *question, struct st_h2o_req_t *req);
/* All requests of the listener go to `answer`, which replies before it returns. Before the start. */
void http_server_answer(struct http_server *server, enum listener listener, http_answer *answer, void *ctx);

struct http_reply {
    int status;
    struct str content_type; /* of static life */
    struct str body;         /* copied */
    struct str allow;        /* of static life; empty: no such header */
    bool retry_after;        /* "Retry-After: 1": asks the API server to call again */
    bool close;              /* ends an HTTP/1 connection */
};
void http_reply(struct st_h2o_req_t *req, const struct http_reply *reply);
/* A plain sentence; a line end is added. */
void http_reply_sentence(struct st_h2o_req_t *req, int status, struct str sentence);

/* The connection is beyond the limit: to be answered with 429. */
bool http_request_is_surplus(const struct st_h2o_req_t *req);
/* Of a context of the TLS listener. */
size_t http_loop_index(const struct st_h2o_context_t *context);

#endif
