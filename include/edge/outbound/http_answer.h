/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_OUTBOUND_HTTP_ANSWER_H
#define WEIR_EDGE_OUTBOUND_HTTP_ANSWER_H

#include "base/text.h"
#include "edge/outbound/network_address.h"

#include <curl/curl.h>

enum {
    HTTP_CHALLENGES_MAX = 8, /* WWW-Authenticate lines that are kept */
    HTTP_REASON_MAX = 128,
};

enum http_failure {
    HTTP_ANSWERED, /* no failure: a whole answer is there */
    HTTP_DNS,      /* the name does not resolve */
    HTTP_CONNECT,  /* refused, unreachable, the proxy failed */
    HTTP_TLS,      /* handshake or certificate */
    HTTP_TIMEOUT,
    HTTP_CUT,        /* the connection ended too early */
    HTTP_BAD_ANSWER, /* not HTTP, beyond a limit */
    HTTP_BARRED,     /* the address is beyond `reach` */
};

/* Valid during on_done only. */
struct http_answer {
    enum http_failure failure;
    char reason[HTTP_REASON_MAX]; /* of a failure, for people; no text of the peer's */
    bool connected;               /* the request could be sent, after the TLS handshake where there is one */
    bool unknown_authority;       /* of HTTP_TLS: the certificate's signer is not among those trusted */
    int status;
    int64_t content_length; /* -1: not given */
    struct str content_type;
    struct str docker_content_digest; /* two different ones make a bad answer */
    struct str location;
    struct str challenges[HTTP_CHALLENGES_MAX]; /* values of WWW-Authenticate */
    size_t challenge_count;
    int64_t retry_after; /* seconds; 0: not given */
    int64_t date;     /* the server's clock when it began to answer, seconds since the epoch; 0: not given */
    struct str body;  /* where it is kept */
    size_t body_seen; /* bytes of the body that came */
    enum address_scope peer_scope; /* of the address connected to; a proxy's where there is one */
};

/* What libcurl's code means for the answer: sets `failure` and `reason`. */
void http_answer_set_failure(struct http_answer *answer, CURL *easy, CURLcode code, const char *curl_text);
/* How far the way to the server is the proxy's own affair. */
enum http_proxy {
    HTTP_PROXY_NONE,
    HTTP_PROXY_FORWARDS, /* a plain http request: it speaks for the server all the time */
    HTTP_PROXY_TUNNELS,  /* https: until its tunnel is open */
    HTTP_PROXY_SOCKS,    /* until it is connected to; libcurl has a code for the rest */
};

enum http_proxy http_answer_proxy_kind(const char *proxy, const char *url);
/* Where an exchange that ended with `code` failed at the proxy, or was refused by it, says so: it is not the
 * server. */
void http_answer_blame_proxy(struct http_answer *answer, CURL *easy, CURLcode code, enum http_proxy kind);
/* A failure that libcurl does not know of. */
__attribute__((format(printf, 3, 4))) void http_answer_fail(struct http_answer *answer,
                                                            enum http_failure failure, const char *format,
                                                            ...);

#endif
