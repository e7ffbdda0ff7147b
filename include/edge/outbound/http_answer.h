/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_OUTBOUND_HTTP_ANSWER_H
#define WEIR_EDGE_OUTBOUND_HTTP_ANSWER_H

#include "edge/outbound/http_exchange.h"

/* What libcurl's code means for the answer: sets `failure` and `reason`. */
void http_answer_set_failure(struct http_answer *answer, CURL *easy, CURLcode code, const char *curl_text);
/* How far the way to the server is the proxy's own affair. */
enum http_proxy {
    HTTP_PROXY_NONE,
    HTTP_PROXY_FORWARDS, /* a plain http request: it speaks for the server all the time */
    HTTP_PROXY_TUNNELS,  /* https: until its tunnel is open */
    HTTP_PROXY_SOCKS,    /* until it is connected to; libcurl has a code for the rest */
};

enum http_proxy http_proxy_kind(const char *proxy, const char *url);
/* Where an exchange that ended with `code` failed at the proxy, or was refused by it, says so: it is not the
 * server. */
void http_answer_blame_proxy(struct http_answer *answer, CURL *easy, CURLcode code, enum http_proxy kind);
/* A failure that libcurl does not know of. */
__attribute__((format(printf, 3, 4))) void http_answer_fail(struct http_answer *answer,
                                                            enum http_failure failure, const char *format,
                                                            ...);

#endif
