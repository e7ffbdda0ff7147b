/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_REPLY_H
#define WEIR_EDGE_SERVER_HTTP_REPLY_H

#include "base/str.h"

struct http_request;

struct http_reply {
    int status;
    struct str content_type; /* of static life */
    struct str body;         /* copied */
    struct str allow;        /* of static life; empty: no such header */
    bool retry_after;        /* "Retry-After: 1": asks the API server to call again */
    bool close;              /* ends an HTTP/1 connection */
};

/*
 * On the thread of the request's loop, once a request. With the reply the
 * request may be gone, and others of its connection.
 */
void http_reply(const struct http_request *request, const struct http_reply *reply);
/*
 * A plain sentence of at most ERROR_TEXT_MAX bytes, the rest is cut; a line end
 * is added. 429 and 503 ask for another try in a second; 431 ends the connection.
 */
void http_reply_sentence(const struct http_request *request, int status, struct str sentence);
/* 405. `allow` lists the methods that are right, "GET, HEAD", and is of static life. */
void http_reply_wrong_method(const struct http_request *request, struct str allow, struct str sentence);

#endif
