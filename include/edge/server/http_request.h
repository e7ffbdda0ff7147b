/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_REQUEST_H
#define WEIR_EDGE_SERVER_HTTP_REQUEST_H

#include "base/str.h"
#include "edge/server/http_inbox.h"

/*
 * A request as its handler sees it. Only the thread of its loop may use it, and
 * only until it is gone: when its handler returns without having held it, or,
 * held, when `on_gone` is called. Until then it may be copied, and its texts
 * stay where they are.
 */
struct http_request {
    struct str path;          /* normalized, without the query */
    struct str query;         /* without its question mark; NULL pointer: none */
    struct str method;        /* as sent: "POST" */
    struct str content_type;  /* as sent; empty: none */
    struct str body;          /* whole */
    size_t field_count;       /* header fields */
    bool is_surplus;          /* its connection is one beyond the limit: to be answered with 429 */
    size_t loop;              /* number of its loop, below the options' `threads` */
    struct http_inbox *inbox; /* of its loop */
    void *own;                /* the server's */
};

/* GET or HEAD: the server leaves the body of an answer to HEAD away by itself. */
bool http_request_is_get(const struct http_request *request);
/* Whether the body is said to be of this media type, whatever its parameters ("; charset=utf-8"). */
bool http_request_has_type(const struct http_request *request, struct str media_type);
/* Milliseconds since its first byte came; may be negative: the clock is one that can be set. */
int64_t http_request_age_ms(const struct http_request *request);

/*
 * Lets the handler return without a reply, which http_reply() gives later: out
 * of a message's arrival or a tick, on the thread of the request's loop. Once a
 * request, before its reply.
 *
 * Returns zeroed memory of `size` bytes that lives as the request does. When
 * the request is gone, be it that the reply is sent or that the client has left
 * before, `on_gone` is called with it on the loop's thread: the only clean-up.
 * It may be called out of http_reply(). It must not reply any more.
 *
 * That a client has left is noticed over HTTP/2; over HTTP/1, where h2o does
 * not read while a request is answered, with the reply.
 */
void *http_request_hold(const struct http_request *request, size_t size, void (*on_gone)(void *memory));

#endif
