/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/lookup.h"

#include "core/registry/error.h"
#include "edge/outbound/proxy.h"

#include <openssl/crypto.h>
#include <stdlib.h>

void registry_lookup_free(struct registry_lookup *lookup)
{
    struct timer_queue *timers = outbound_timers(lookup->client->outbound);

    if (lookup->exchange)
        http_exchange_cancel(lookup->exchange);
    timer_queue_clear(timers, &lookup->step);
    timer_queue_clear(timers, &lookup->deadline);
    if (lookup->turn.state != TURN_NONE)
        registry_host_end_turn(lookup->host, &lookup->turn, monotonic_ms());
    if (lookup->authorization.len > 0)
        OPENSSL_cleanse((void *)(uintptr_t)lookup->authorization.ptr, lookup->authorization.len);
    manifest_body_release(&lookup->body);
    arena_release(&lookup->arena);
    free(lookup);
}

/* What the host's limits learn from a look-up that asked it. */
static void teach_host(struct registry_lookup *lookup)
{
    const struct registry_result *result = &lookup->result;
    int64_t now = monotonic_ms();

    if (lookup->turn.state != TURN_RUNNING)
        return;
    if (result->host_failed)
        registry_host_failed(lookup->host, now);
    else
        registry_host_succeeded(lookup->host);
}

void registry_lookup_finish(struct registry_lookup *lookup)
{
    struct registry_result result;
    registry_lookup_done *on_done = lookup->on_done;
    void *ctx = lookup->ctx;

    struct arena arena;

    teach_host(lookup);
    result = lookup->result;
    if (result.outcome == TAG_FOUND)
        result.content = text_str(&lookup->content);
    result.media_type = lookup->content_type;
    arena =
        lookup->arena; /* the content's: it outlives the look-up, whose turn is free before the callback */
    arena_init(&lookup->arena);
    registry_lookup_free(lookup);
    on_done(ctx, &result);
    arena_release(&arena);
}

void registry_lookup_fail_transport(struct registry_lookup *lookup, enum registry_part part,
                                    const struct http_answer *answer)
{
    struct str hint = {NULL, 0};

    if (answer->failure == HTTP_TLS && answer->unknown_authority)
        hint = registry_access_trust_hint(&lookup->arena, &lookup->origin, &lookup->url);
    registry_result_transport(&lookup->result, lookup->origin.name, part, answer, hint);
    registry_lookup_finish(lookup);
}

/* A 429 is its credentials' own affair, a 5xx everybody's. */
static void obey_retry_after(struct registry_lookup *lookup, const struct http_answer *answer)
{
    int64_t now = monotonic_ms();

    if (answer->status == 429)
        registry_host_hold(lookup->host, &lookup->question.fingerprint, lookup->result.reuse_ms, now);
    else if (answer->retry_after > 0 && answer->status >= 500)
        registry_host_hold(lookup->host, NULL, lookup->result.reuse_ms, now);
}

void registry_lookup_fail_status(struct registry_lookup *lookup, enum registry_part part,
                                 const struct http_answer *answer)
{
    const struct registry_refusal refusal = {
        .status = answer->status,
        .by = part,
        .retry_after = answer->retry_after,
        .words = registry_error_words(&lookup->arena, answer->body),
        .credential_count = lookup->question.credential_count,
    };

    registry_result_status(&lookup->result, lookup->origin.name, &refusal);
    obey_retry_after(lookup, answer);
    registry_lookup_finish(lookup);
}

void registry_lookup_fail_wrong(struct registry_lookup *lookup, enum registry_part part, struct str what)
{
    registry_result_wrong(&lookup->result, lookup->origin.name, part, what);
    registry_lookup_finish(lookup);
}

static int64_t time_left(const struct registry_lookup *lookup)
{
    int64_t left = lookup->started_ms + lookup->client->lookup_timeout_ms - monotonic_ms();

    return left > 1 ? left : 1;
}

void registry_lookup_send(struct registry_lookup *lookup, const struct registry_request *what)
{
    bool authorized = web_url_same_origin(&lookup->url, &lookup->authorized_at);
    const char *proxy = proxy_for_url(&lookup->arena, &lookup->url);
    struct http_exchange_request request = {
        .url = lookup->url.text,
        .head = what->head,
        .accept = what->accept,
        .authorization = authorized ? lookup->authorization : (struct str){NULL, 0},
        .unverified = registry_access_is_insecure(&lookup->arena, &lookup->origin, &lookup->url),
        .reach = *proxy ? ADDRESS_NEVER : registry_access_reach(&lookup->origin, &lookup->url),
        .connect_timeout_ms = lookup->client->connect_timeout_ms,
        .timeout_ms = time_left(lookup),
        .proxy = proxy,
        .keep_error = true,
        .on_body = what->on_body,
        .body_max = what->body_max,
    };
    struct error err;

    if (registry_access_certificates(&lookup->arena, &lookup->origin, &lookup->url, &request.certificates,
                                     &err) < 0) {
        registry_result_refused(&lookup->result, lookup->origin.name, error_text(&err));
        registry_lookup_finish(lookup);
        return;
    }
    lookup->proxied = *proxy;
    registry_host_count_request(lookup->host, &lookup->turn, monotonic_ms());
    lookup->exchange = http_exchange_start(lookup->client->outbound, &request, what->on_done, lookup);
}

bool registry_lookup_is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

int registry_lookup_redirect(struct registry_lookup *lookup, enum url_purpose purpose,
                             const struct http_answer *answer)
{
    enum registry_part part = purpose == URL_FOR_TOKEN ? PART_TOKEN_SERVER : PART_REGISTRY;
    struct web_url next;
    struct error err;

    if (++lookup->redirects > REGISTRY_REDIRECTS_MAX) {
        registry_lookup_fail_wrong(lookup, part, STR("more than 10 redirects"));
        return -1;
    }
    if (web_url_parse(&lookup->arena, &lookup->url, answer->location, &next, &err) < 0 ||
        registry_access_check(&lookup->origin, &next, purpose, &err) < 0) {
        registry_lookup_fail_wrong(lookup, part, error_text(&err));
        return -1;
    }
    lookup->url = next;
    return 0;
}

bool registry_lookup_falls_back(struct registry_lookup *lookup, const struct http_answer *answer)
{
    bool unreached = answer->failure == HTTP_TLS || answer->failure == HTTP_CONNECT ||
                     answer->failure == HTTP_CUT || (answer->failure == HTTP_TIMEOUT && !answer->connected);
    struct registry_target other = {.domain = lookup->question.domain,
                                    .insecure = lookup->question.insecure,
                                    .plain_http = lookup->origin.url.https};
    struct error err;

    if (!lookup->origin.insecure || !unreached || lookup->redirects > 0)
        return false;
    if (lookup->fell_back) {
        lookup->host->plain_http = false; /* neither of the two: next time from the beginning */
        return false;
    }
    lookup->fell_back = true;
    lookup->host->plain_http = other.plain_http;
    return registry_access_find_origin(&lookup->arena, &lookup->client->access, other, &lookup->origin,
                                       &err) == 0;
}

void registry_lookup_again_by_get(struct registry_lookup *lookup)
{
    lookup->by_get = true;
    lookup->get_tried = true;
    lookup->again(lookup);
}
