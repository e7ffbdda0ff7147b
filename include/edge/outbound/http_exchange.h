/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_OUTBOUND_HTTP_EXCHANGE_H
#define WEIR_EDGE_OUTBOUND_HTTP_EXCHANGE_H

#include "edge/outbound/http_answer.h"
#include "edge/outbound/outbound.h"

/*
 * One outgoing request and its answer, on the outbound thread. Redirects are
 * not followed, credentials not guessed, no cookie or netrc kept. Everything
 * that the peer sends is bounded, in size and in time.
 */
enum {
    HTTP_HEADERS_MAX = 64 << 10,    /* bytes of all headers of one answer */
    HTTP_FIELD_MAX = 8192,          /* of one that is kept; a longer one makes a bad answer */
    HTTP_ERROR_BODY_MAX = 64 << 10, /* of an answer other than 2xx */
};

/*
 * Certificates for one host: files, named in NULL-ended lists (empty: the
 * system's alone), or PEM texts, never both. A connection of earlier is used
 * again only where it was made with the same texts.
 */
struct http_certificates {
    const char *const *authorities; /* PEM, added to the system's */
    const char *client_certificate; /* PEM chain; NULL: none */
    const char *client_key;
    struct str authorities_pem; /* trusted instead of the system's; empty: those */
    struct str client_certificate_pem;
    struct str client_key_pem;
};

/*
 * A part of the body of a 2xx, when status and headers are there. Called inside
 * libcurl: no exchange may be started or cancelled.
 */
typedef void http_exchange_body(void *ctx, const struct http_answer *answer, struct str part);
/* The headers of a 2xx are there, a body may follow. Called inside libcurl as well. */
typedef void http_exchange_headers(void *ctx);

/* Borrowed until http_exchange_start() returns, except the certificates: until the end. */
struct http_exchange_request {
    const char *url;
    bool head;                /* HEAD, else GET */
    const char *method;       /* any other one; NULL: none */
    struct str body;          /* of `method` */
    struct str content_type;  /* of `body` */
    struct str accept;        /* empty: none */
    struct str authorization; /* the header's value; empty: none */
    bool unverified;          /* take any certificate */
    enum address_scope reach; /* wider addresses are not connected to; ADDRESS_NEVER: any */
    const struct http_certificates *certificates; /* NULL: the system's */
    int64_t connect_timeout_ms;
    int64_t timeout_ms; /* of all; 0: none */
    const char *proxy;  /* its URL; NULL or empty: none. As proxy_for_url() gives it; never the environment's
                           by itself */
    const char *tls_name; /* the server must be this one; NULL: the URL's host */
    bool http1;           /* no HTTP/2: a connection for each exchange under way */
    bool keep_error;      /* the body of an error is kept, up to its limit */
    http_exchange_headers *on_headers;
    http_exchange_body *on_body; /* gets the body instead of `answer->body`; NULL: it is kept */
    size_t body_max;             /* of an answer with 2xx */
};

struct http_exchange;
typedef void http_exchange_done(void *ctx, const struct http_answer *answer);

/* Never calls on_done before it has returned. The exchange frees itself after on_done. */
struct http_exchange *http_exchange_start(struct outbound *outbound,
                                          const struct http_exchange_request *request,
                                          http_exchange_done *on_done, void *ctx);
/* on_done will not be called. */
void http_exchange_cancel(struct http_exchange *exchange);

#endif
