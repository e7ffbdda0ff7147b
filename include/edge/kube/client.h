/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_CLIENT_H
#define WEIR_EDGE_KUBE_CLIENT_H

#include "edge/kube/config.h"
#include "edge/kube/resource.h"
#include "edge/outbound/outbound.h"

/*
 * Requests to one API server, by HTTP/1.1 (each one under way has a connection
 * of its own, so that one that hangs ends with its time-out and takes no other
 * with it). Everything here is the outbound thread's alone, and every callback
 * comes from it, outside of libcurl: a callback may start and cancel calls.
 *
 * Credentials are fetched and renewed on the way; a 401 makes them be fetched
 * anew and the request be sent once more. Nothing else is repeated: 429, 5xx
 * and broken connections are the caller's to wait for (`retry_after_ms`).
 */
struct kube_client;

enum {
    KUBE_TIMEOUT_MS = 30000, /* of a request, unless it says otherwise */
    KUBE_CONNECT_TIMEOUT_MS = 10000,
    KUBE_BODY_MAX = 8 << 20, /* bytes of an answer, unless the request says otherwise */
};

/* `config` and all it points to must outlive the client. */
struct kube_client *kube_client_new(struct outbound *outbound, const struct kube_config *config);
/* Cancels what is under way. NULL is allowed. */
void kube_client_free(struct kube_client *client);
struct outbound *kube_client_outbound(struct kube_client *client);
/* Seconds since the epoch by the API server's clock, as its answers tell; before the first one by ours. */
int64_t kube_client_now(const struct kube_client *client);

enum kube_verb { KUBE_GET, KUBE_POST, KUBE_PUT, KUBE_PATCH, KUBE_DELETE };

/* Bytes of the body of a 2xx as they come; the empty text once, when its headers are there. */
typedef void kube_call_part(void *ctx, struct str part);

/* Borrowed until kube_client_call() returns. */
struct kube_request {
    enum kube_verb verb; /* KUBE_PATCH sends a merge patch (RFC 7396), or what content_type says */
    struct kube_place place;
    struct str query;        /* made by kube_resource_query() */
    struct str body;         /* JSON */
    struct str content_type; /* empty: what the verb needs */
    struct str accept;       /* empty: JSON */
    int64_t timeout_ms;      /* of all; 0: KUBE_TIMEOUT_MS; below 0: none */
    size_t body_max;         /* 0: KUBE_BODY_MAX */
    kube_call_part *on_part; /* takes the body instead of `answer->body`, without limit */
};

/* Valid during the callback only. */
struct kube_answer {
    const struct error *err; /* NULL: done, 2xx */
    int status;              /* of HTTP; 0: there was no answer */
    struct str reason;       /* of the Status object: "AlreadyExists", "Expired" */
    int64_t retry_after_ms;  /* 0: not said */
    struct str body;         /* the object; of an error the Status */
};

/*
 * Codes of `err`: ERROR_INVALID 400, 422 and requests that cannot be sent;
 * ERROR_FORBIDDEN 401, 403 and credentials that cannot be had;
 * ERROR_NOT_FOUND 404; ERROR_CONFLICT 409 (resourceVersion or uid is not the
 * one that was read); ERROR_EXISTS 409 with AlreadyExists; ERROR_TOO_LARGE 413
 * and answers beyond body_max; ERROR_UNAVAILABLE 410, 429, 5xx and connections
 * that fail; ERROR_TIMEOUT. The sentence names what was asked for and what the
 * server says about it, unless a Secret was sent.
 *
 * A PUT, POST, PATCH or DELETE that ends by ERROR_UNAVAILABLE or ERROR_TIMEOUT
 * may have been done all the same: read before writing again.
 */
typedef void kube_call_done(void *ctx, const struct kube_answer *answer);

struct kube_call;
/* Never calls back before it has returned. The call frees itself after on_done. */
struct kube_call *kube_client_call(struct kube_client *client, const struct kube_request *request,
                                   kube_call_done *on_done, void *ctx);
/* Nothing is called any more. */
void kube_client_cancel(struct kube_call *call);

#endif
