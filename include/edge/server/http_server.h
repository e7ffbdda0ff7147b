/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_SERVER_H
#define WEIR_EDGE_SERVER_HTTP_SERVER_H

#include "base/error.h"
#include "base/text.h"
#include "edge/server/http_handler.h"
#include "edge/server/http_options.h"

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

enum {
    HTTP_ALIVE_MS = 5000,  /* a loop that has not turned for so long is stuck */
    HTTP_SURPLUS_MAX = 64, /* connections beyond the limit that still get their 429 */
};

/*
 * Binds both listeners. A server stays for the life of the process: h2o cannot
 * dispose of what a connection may still use.
 */
MUST_CHECK int http_server_open(const struct http_server_options *options, struct http_server **ret,
                                struct error *err);

/* All requests of the listener go to `handler`, which is copied. Once a listener, before the start. */
void http_server_handle(struct http_server *server, enum listener listener,
                        const struct http_handler *handler);
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

#endif
