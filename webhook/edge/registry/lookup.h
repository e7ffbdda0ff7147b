/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_LOOKUP_H
#define WEIR_EDGE_REGISTRY_LOOKUP_H

#include "edge/outbound/outbound.h"
#include "edge/registry/access.h"
#include "edge/registry/counters.h"
#include "edge/registry/host.h"
#include "edge/registry/manifest_answer.h"
#include "edge/registry/question.h"
#include "edge/registry/token.h"

/*
 * One look-up under way: its state, its requests and its endings, which its life
 * (client.c), its own requests (manifest.c) and the login (login.c) share. The
 * login knows no manifests: it makes the look-up's request anew by `again`.
 */
enum { REGISTRY_REDIRECTS_MAX = 10 };

/* What the last request to the registry said about who asks. */
enum login_sent {
    LOGIN_NOTHING,
    LOGIN_BASIC,
    LOGIN_KEPT_TOKEN, /* from the cache: may be stale */
    LOGIN_FRESH_TOKEN,
};

struct registry_client {
    struct outbound *outbound;
    struct registry_access access;
    struct registry_hosts *hosts;
    struct token_cache *tokens;
    struct registry_counters counters;
    int64_t connect_timeout_ms;
    int64_t lookup_timeout_ms;
};

struct registry_lookup {
    struct registry_client *client;
    struct arena arena;
    struct registry_question question;
    struct registry_origin origin;
    struct registry_host *host;
    struct registry_turn turn;
    struct timer step;     /* begins, or ends with `result`, outside the starter's call */
    struct timer deadline; /* of the whole */
    int64_t started_ms;
    struct registry_result result;
    struct http_exchange *exchange;
    registry_lookup_done *on_done;
    void *ctx;
    void (*again)(struct registry_lookup *lookup); /* its own request, with what is known about who asks */

    /* the request under way */
    struct web_url url;
    struct str authorization; /* for the origin of `authorized_at` only */
    struct web_url authorized_at;
    bool proxied; /* by a proxy: the server's address is not seen */
    int redirects;
    bool by_get;               /* HEAD was refused to who asks now, or does not tell */
    bool fell_back;            /* an insecure host: the other scheme is being tried */
    struct manifest_body body; /* of a GET */
    struct text content;       /* the same, where it is asked for whole */
    struct str content_type;
    size_t cut_at; /* bytes of a GET's body when its connection ended early; 0: it did not */

    /* who asks */
    enum login_sent sent;
    size_t credential; /* which one is tried; the count: anonymous */
    struct auth_challenge challenge;
    int head_status;        /* of the last HEAD that was answered; 0: none yet */
    bool get_tried;         /* the manifest was asked for by GET at least once */
    bool challenged;        /* the registry has said in this look-up how to log in */
    bool anonymous_refused; /* a request that said nothing */
    bool probed;            /* GET /v2/ was asked for a challenge */
    int scheme_changes;
    struct registry_refusal refusal; /* to report: 404 before 403 before 401; status 0: none so far */
};

/* One of the kinds of requests that a look-up makes. */
struct registry_request {
    bool head;
    struct str accept;
    size_t body_max;
    http_exchange_body *on_body;
    http_exchange_done *on_done;
};

/* Sends it to lookup->url, with the authorization where that is for there. */
void registry_lookup_send(struct registry_lookup *lookup, const struct registry_request *what);
/* Ends the look-up with lookup->result; nothing may touch it afterwards. */
void registry_lookup_finish(struct registry_lookup *lookup);
/* Endings in one call. */
void registry_lookup_fail_transport(struct registry_lookup *lookup, enum registry_part part,
                                    const struct http_answer *answer);
void registry_lookup_fail_status(struct registry_lookup *lookup, enum registry_part part,
                                 const struct http_answer *answer);
void registry_lookup_fail_wrong(struct registry_lookup *lookup, enum registry_part part, struct str what);
/* Whether a failure is that of an insecure host's https: then plain HTTP is tried instead. */
bool registry_lookup_falls_back(struct registry_lookup *lookup, const struct http_answer *answer);
/* Follows the answer's Location with the same callback. -1: it ended the look-up. */
MUST_CHECK int registry_lookup_redirect(struct registry_lookup *lookup, enum url_purpose purpose,
                                        const struct http_answer *answer);
bool registry_lookup_is_redirect(int status);
/* Makes the look-up's own request once more, by GET: HEAD was refused, or does not tell. */
void registry_lookup_again_by_get(struct registry_lookup *lookup);
/* Without a call of on_done. */
void registry_lookup_free(struct registry_lookup *lookup);

#endif
