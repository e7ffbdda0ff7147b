/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_HANDLER_H
#define WEIR_EDGE_SERVER_HTTP_HANDLER_H

#include <stddef.h>

struct http_request;

enum {
    HTTP_BODY_HARD_MAX = 32 << 20, /* bytes; h2o resets beyond: handlers refuse earlier, with a sentence */
    REQUEST_FIELDS_MAX =
        64, /* header fields; beyond: a handler's to refuse, or the server cuts the request */
    HTTP_TICK_MS = 100,
};

/*
 * Who answers the requests of a listener. Both functions are called on the
 * threads of the loops, never twice at a time for the same loop.
 */
struct http_handler {
    /*
     * A request whose body has come whole. The handler replies before it returns
     * (http_reply.h), or holds the request and replies later (http_request.h).
     */
    void (*on_request)(void *ctx, const struct http_request *request);
    /*
     * About every HTTP_TICK_MS while requests of loop number `loop` are held: time
     * to reply to those that have waited too long. NULL: not wanted.
     */
    void (*on_tick)(void *ctx, size_t loop);
    void *ctx;
};

#endif
