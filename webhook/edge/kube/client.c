/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/client.h"

#include "base/memory.h"
#include "edge/kube/clock.h"
#include "edge/kube/credentials.h"
#include "edge/kube/status.h"
#include "edge/outbound/http_exchange.h"
#include "edge/outbound/proxy.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    URL_MAX = 64 << 10,
    WHAT_MAX = 1024,
    PENDING_KEPT = 64 << 10, /* bytes of room that an idle stream keeps */
};

struct kube_client {
    struct outbound *outbound;
    const struct kube_config *config;
    struct kube_credentials *credentials;
    struct kube_call *calls;
    struct kube_clock clock;
    char *proxy; /* the environment's, where the configuration names none; empty: none */
};

struct kube_call {
    struct timer step; /* first; what is to be done next, outside of libcurl */
    struct kube_client *client;
    struct outbound *outbound;
    struct kube_call *next;
    struct kube_call **link;
    struct arena arena;
    const char *url;
    struct str what; /* "get secrets \"a/b\"" */
    enum kube_verb verb;
    struct str body;
    struct str content_type;
    struct str accept;
    size_t body_max;
    int64_t timeout_ms;
    int64_t started_ms;
    struct http_exchange *exchange;
    bool waiting;  /* for credentials */
    bool discreet; /* what the server says about it may quote a Secret */
    bool repeated;
    struct error err; /* it cannot be sent */
    /* a stream's parts on their way out of libcurl */
    char *pending;
    size_t pending_len;
    size_t pending_size;
    bool begun;      /* the headers are there */
    bool told_begun; /* and the caller knows */
    bool *cancelled; /* set where it is cancelled while it calls back */
    kube_call_part *on_part;
    kube_call_done *on_done;
    void *ctx;
};

static void send_call(struct timer *timer);

static void unlink_call(struct kube_call *call)
{
    if (!call->link)
        return;
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    call->link = NULL;
}

static void call_free(struct kube_call *call)
{
    unlink_call(call);
    timer_queue_clear(outbound_timers(call->outbound), &call->step);
    if (call->exchange)
        http_exchange_cancel(call->exchange);
    if (call->cancelled)
        *call->cancelled = true;
    if (call->body.len > 0)
        OPENSSL_cleanse((void *)(uintptr_t)call->body.ptr, call->body.len); /* perhaps a Secret */
    free(call->pending);
    arena_release(&call->arena);
    free(call);
}

void kube_client_cancel(struct kube_call *call)
{
    call_free(call);
}

static void set_step(struct kube_call *call, void (*run)(struct timer *timer))
{
    call->step.run = run;
    timer_queue_set(outbound_timers(call->outbound), &call->step, monotonic_ms());
}

/* Credentials that were pending are decided. */
static void on_credentials(void *ctx)
{
    struct kube_client *client = ctx;

    for (struct kube_call *call = client->calls; call; call = call->next) {
        if (call->waiting)
            set_step(call, send_call);
    }
}

struct kube_client *kube_client_new(struct outbound *outbound, const struct kube_config *config)
{
    struct kube_client *client = memory_zeroed(1, sizeof(*client));
    struct arena arena;
    struct web_url url;
    struct error err;

    client->outbound = outbound;
    client->config = config;
    client->credentials = kube_credentials_new(outbound, config, on_credentials, client);
    arena_init(&arena);
    if (web_url_parse(&arena, NULL, str_from_c(config->server), &url, &err) == 0)
        client->proxy = strdup(proxy_for_url(&arena, &url));
    arena_release(&arena);
    return client;
}

void kube_client_free(struct kube_client *client)
{
    if (!client)
        return;
    while (client->calls)
        call_free(client->calls);
    kube_credentials_free(client->credentials);
    free(client->proxy);
    free(client);
}

struct outbound *kube_client_outbound(struct kube_client *client)
{
    return client->outbound;
}

int64_t kube_client_now(const struct kube_client *client)
{
    return kube_clock_seconds(&client->clock, kube_clock_local_ms());
}

/* The last thing that happens to a call. */
static void finish(struct kube_call *call, const struct kube_answer *answer)
{
    unlink_call(call);
    call->on_done(call->ctx, answer);
    call->cancelled = NULL;
    call_free(call);
}

static void fail(struct kube_call *call, const struct error *err)
{
    struct kube_answer answer = {.err = err};

    finish(call, &answer);
}

/* Hands on what has come; false: the caller has cancelled. */
static bool flush(struct kube_call *call)
{
    bool cancelled = false;
    struct str part = {call->pending, call->pending_len};

    if (!call->begun || !call->on_part)
        return true;
    call->cancelled = &cancelled;
    if (!call->told_begun) {
        call->told_begun = true;
        call->on_part(call->ctx, STR(""));
    }
    if (!cancelled && part.len > 0) {
        call->pending_len = 0;
        call->on_part(call->ctx, part);
    }
    if (cancelled)
        return false;
    call->cancelled = NULL;
    if (call->pending_size > PENDING_KEPT) {
        free(call->pending);
        call->pending = NULL;
        call->pending_size = 0;
    }
    return true;
}

static void flush_step(struct timer *timer)
{
    (void)flush((struct kube_call *)timer);
}

static void on_headers(void *ctx)
{
    struct kube_call *call = ctx;

    call->begun = true;
    set_step(call, flush_step);
}

static void on_body(void *ctx, const struct http_answer *answer, struct str part)
{
    struct kube_call *call = ctx;
    size_t size = call->pending_size < PENDING_KEPT ? PENDING_KEPT : call->pending_size;

    (void)answer;
    while (size - call->pending_len < part.len)
        size *= 2;
    if (size > call->pending_size) {
        call->pending = memory_grow(call->pending, size);
        call->pending_size = size;
    }
    memcpy(call->pending + call->pending_len, part.ptr, part.len);
    call->pending_len += part.len;
    set_step(call, flush_step);
}

static void fail_transport(struct kube_call *call, const struct http_answer *answer)
{
    enum error_code code = answer->failure == HTTP_TIMEOUT ? ERROR_TIMEOUT : ERROR_UNAVAILABLE;
    struct error err;

    if (!call->on_part && answer->body_seen > call->body_max)
        code = ERROR_TOO_LARGE;
    (void)!error_set(&err, code, "cannot " STR_FMT ": %s", STR_ARG(call->what), answer->reason);
    fail(call, &err);
}

static void fail_status(struct kube_call *call, const struct http_answer *answer)
{
    struct kube_answer ret = {.status = answer->status, .body = answer->body};
    struct kube_status status;
    struct error err;

    kube_status_read(&call->arena, answer->body, &status);
    if (call->discreet)
        status.message = STR("");
    (void)!kube_status_error(answer->status, &status, call->what, &err);
    ret.err = &err;
    ret.reason = status.reason;
    ret.retry_after_ms = (answer->retry_after > 0 ? answer->retry_after : status.retry_after_seconds) * 1000;
    finish(call, &ret);
}

static void on_done(void *ctx, const struct http_answer *answer)
{
    struct kube_call *call = ctx;
    struct kube_answer ret = {.status = answer->status, .body = answer->body};

    call->exchange = NULL;
    if (!call->on_part)
        kube_clock_hear(&call->client->clock, answer->date, kube_clock_local_ms(), monotonic_ms());
    if (!flush(call))
        return;
    timer_queue_clear(outbound_timers(call->outbound), &call->step);
    if (answer->failure != HTTP_ANSWERED) {
        fail_transport(call, answer);
    } else if (answer->status == 401 && !call->repeated) {
        call->repeated = true;
        kube_credentials_doubt(call->client->credentials);
        set_step(call, send_call);
    } else if (answer->status < 200 || answer->status > 299) {
        fail_status(call, answer);
    } else {
        finish(call, &ret);
    }
}

static const char *method_of(enum kube_verb verb)
{
    static const char *const names[] = {
        [KUBE_GET] = NULL,      [KUBE_POST] = "POST",     [KUBE_PUT] = "PUT",
        [KUBE_PATCH] = "PATCH", [KUBE_DELETE] = "DELETE",
    };

    return names[verb];
}

static int64_t time_left(const struct kube_call *call)
{
    int64_t left = call->started_ms + call->timeout_ms - monotonic_ms();

    if (call->timeout_ms < 0)
        return 0;
    return left > 1 ? left : 1;
}

static void exchange(struct kube_call *call, const struct kube_identity *identity)
{
    const struct kube_config *config = call->client->config;
    const struct http_exchange_request request = {
        .url = call->url,
        .method = method_of(call->verb),
        .body = call->body,
        .content_type = call->content_type,
        .accept = call->accept,
        .authorization = identity->authorization,
        .unverified = config->insecure,
        .reach = ADDRESS_NEVER,
        .certificates = &identity->certificates,
        .connect_timeout_ms = KUBE_CONNECT_TIMEOUT_MS,
        .timeout_ms = time_left(call),
        .proxy = config->proxy_url ? config->proxy_url : call->client->proxy,
        .tls_name = config->tls_server_name,
        .http1 = true,
        .keep_error = true,
        .on_headers = call->on_part ? on_headers : NULL,
        .on_body = call->on_part ? on_body : NULL,
        .body_max = call->on_part ? SIZE_MAX : call->body_max,
    };

    call->exchange = http_exchange_start(call->outbound, &request, on_done, call);
}

static void send_call(struct timer *timer)
{
    struct kube_call *call = (struct kube_call *)timer;
    struct kube_identity identity;
    struct error err;

    if (call->err.code != ERROR_NONE) {
        fail(call, &call->err);
        return;
    }
    switch (kube_credentials_get(call->client->credentials, &identity, &err)) {
    case KUBE_CREDENTIALS_PENDING:
        call->waiting = true;
        break;
    case KUBE_CREDENTIALS_FAILED:
        err.code = ERROR_FORBIDDEN;
        (void)!error_prefix(&err, "cannot " STR_FMT, STR_ARG(call->what));
        fail(call, &err);
        break;
    case KUBE_CREDENTIALS_READY:
        call->waiting = false;
        exchange(call, &identity);
        break;
    }
}

static struct str describe(struct arena *arena, const struct kube_request *request)
{
    static const char *const verbs[] = {
        [KUBE_GET] = "get",     [KUBE_POST] = "create",   [KUBE_PUT] = "update",
        [KUBE_PATCH] = "patch", [KUBE_DELETE] = "delete",
    };
    const struct kube_place *place = &request->place;
    bool list = request->verb == KUBE_GET && place->name.len == 0;
    bool watch = str_contains(request->query, STR("watch=true"));
    struct text text;

    text_init(&text, arena, WHAT_MAX);
    text_add_c(&text, list ? (watch ? "follow" : "list") : verbs[request->verb]);
    text_add_char(&text, ' ');
    text_add(&text, place->resource->plural);
    if (place->resource->group.len > 0) {
        text_add_char(&text, '.');
        text_add(&text, place->resource->group);
    }
    if (place->name.len > 0) {
        text_add_c(&text, " \"");
        text_add(&text, str_slice(place->namespace, 0, KUBE_NAME_MAX));
        text_add_c(&text, place->namespace.len > 0 ? "/" : "");
        text_add(&text, str_slice(place->name, 0, KUBE_NAME_MAX));
        text_add_char(&text, '"');
    }
    return text_str(&text);
}

static const char *make_url(struct kube_call *call, const struct kube_request *request)
{
    struct text url;

    text_init(&url, &call->arena, URL_MAX);
    text_add_c(&url, call->client->config->server);
    if (kube_resource_path(&url, &request->place, &call->err) < 0)
        return "";
    text_add(&url, request->query);
    text_add_char(&url, '\0');
    if (url.too_long)
        (void)!error_set(&call->err, ERROR_TOO_LARGE, "cannot " STR_FMT ": the request is too long",
                         STR_ARG(call->what));
    return url.ptr;
}

static struct str content_type_of(enum kube_verb verb)
{
    return verb == KUBE_PATCH ? STR("application/merge-patch+json") : STR("application/json");
}

static void copy_request(struct kube_call *call, const struct kube_request *request)
{
    struct arena *arena = &call->arena;

    call->what = describe(arena, request);
    call->url = make_url(call, request);
    call->verb = request->verb;
    call->discreet = request->body.len > 0 && request->place.resource->group.len == 0 &&
                     str_equal(request->place.resource->plural, STR("secrets"));
    call->body = arena_str(arena, request->body);
    call->content_type = arena_str(arena, request->content_type.len > 0 ? request->content_type
                                                                        : content_type_of(request->verb));
    call->accept = arena_str(arena, request->accept.len > 0 ? request->accept : STR("application/json"));
    call->body_max = request->body_max > 0 ? request->body_max : KUBE_BODY_MAX;
    call->timeout_ms = request->timeout_ms != 0 ? request->timeout_ms : KUBE_TIMEOUT_MS;
    call->on_part = request->on_part;
}

struct kube_call *kube_client_call(struct kube_client *client, const struct kube_request *request,
                                   kube_call_done *on_done_call, void *ctx)
{
    struct kube_call *call = memory_zeroed(1, sizeof(*call));

    arena_init(&call->arena);
    call->client = client;
    call->outbound = client->outbound;
    copy_request(call, request);
    call->on_done = on_done_call;
    call->ctx = ctx;
    call->started_ms = monotonic_ms();
    call->next = client->calls;
    call->link = &client->calls;
    if (call->next)
        call->next->link = &call->next;
    client->calls = call;
    set_step(call, send_call);
    return call;
}
