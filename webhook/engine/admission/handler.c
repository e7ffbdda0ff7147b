/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/handler.h"

#include "base/memory.h"
#include "edge/server/http_reply.h"
#include "edge/server/http_server.h"
#include "edge/system/monotonic.h"
#include "engine/admission/budget.h"
#include "engine/admission/reply.h"
#include "engine/admission/turn.h"
#include "engine/admission/wait.h"

#include <stdlib.h>

enum {
    SCRATCH_SIZE = 256 << 10, /* typical admissions need no other memory */
};

/* What one loop needs; its thread only. */
struct admission_loop {
    struct admission_handler *handler;
    struct admission_counters *counters;
    struct admission_wait *wait;
    char *scratch;
};

struct admission_handler {
    const struct admission_handler_options *options;
    struct admission_loop *loops;
    size_t threads;
    char null_body[ADMISSION_NULL_BODY_SIZE];
    atomic_size_t in_flight;
};

/* True: there is a call now, which has taken the snapshot. */
static bool start_waiting(struct admission_loop *loop, const struct admission_reply *reply,
                          const struct snapshot *snapshot, const struct admission_turn *turn)
{
    const struct http_request *http = reply->http;
    int64_t budget = admission_budget(http->query, http_request_age_ms(http), reply->options->wait_max_ms);

    if (budget <= 0) {
        admission_reply_refuse(reply, &turn->request, 503, STR("no time left to ask the registry"));
        return false;
    }
    if (atomic_fetch_add(&loop->handler->in_flight, 1) >= reply->options->in_flight_max) {
        atomic_fetch_sub(&loop->handler->in_flight, 1);
        admission_reply_refuse(reply, &turn->request, 429, STR("too many admissions wait for registries"));
        return false;
    }
    admission_wait_start(loop->wait, reply, snapshot, &turn->input, budget);
    return true;
}

/*
 * A namespace that has just been made, and that the watch has not told of: its
 * labels decide which policies hold. The API server asks again in a second.
 */
static bool is_unheard_of(const struct admission_handler_options *options, const struct admission_turn *turn)
{
    return options->facts && turn->request.namespace.len > 0 &&
           !cluster_view_namespace(turn->input.view, turn->request.namespace);
}

/* In a strict namespace nothing is decided by less than its whole policy. Most snapshots lack none. */
static bool lacks_a_policy(const struct admission_turn *turn)
{
    const struct cluster_view *view = turn->input.view;
    struct str namespace = turn->request.namespace;

    return view->undecoded_policies > 0 &&
           cluster_objects_is_strict(cluster_view_namespace(view, namespace)) &&
           cluster_view_policy(view, turn->arena, namespace)->incomplete;
}

/* As start_waiting(): false where it is answered already. */
static bool decide(struct admission_loop *loop, const struct admission_reply *reply,
                   const struct snapshot *snapshot, struct admission_turn *turn)
{
    if (is_unheard_of(reply->options, turn)) {
        admission_reply_refuse(reply, &turn->request, 503, STR("the namespace is not known yet"));
        return false;
    }
    if (lacks_a_policy(turn)) {
        admission_reply_refuse(reply, &turn->request, 503, STR("a policy of this namespace does not decode"));
        return false;
    }
    if (!admission_wait_decide(loop->wait, turn))
        return start_waiting(loop, reply, snapshot, turn);
    admission_reply_decided(reply, turn);
    return false;
}

static void admit(struct admission_loop *loop, const struct admission_reply *reply,
                  const struct snapshot *snapshot)
{
    const struct admission_handler_options *options = reply->options;
    const struct turn_input input = {.view = &snapshot->view,
                                     .options = options->deciding,
                                     .facts = options->facts,
                                     .cache = admission_wait_cache(loop->wait),
                                     .verify = str_equal(reply->http->path, STR("/verify"))};
    struct admission_turn turn;
    struct arena arena;
    struct error err;
    bool taken = false;

    arena_init_buffer(&arena, loop->scratch, SCRATCH_SIZE);
    admission_turn_begin(&turn, &arena, &input);
    if (admission_review_decode(&arena, options->table, reply->http->body, &turn.request, &err) < 0)
        admission_reply_refuse(reply, NULL, err.code == ERROR_TOO_LARGE ? 413 : 400, error_text(&err));
    else
        taken = decide(loop, reply, snapshot, &turn);
    if (!taken)
        snapshot_release(snapshot);
    arena_release(&arena);
}

/* What is wrong with the request before its body is looked at: a status, or 0. */
static int check_request(const struct admission_handler_options *options, const struct http_request *http,
                         struct str *ret_sentence)
{
    const struct {
        bool wrong;
        int status;
        struct str sentence;
    } checks[] = {
        {!str_equal(http->path, STR("/admit")) && !str_equal(http->path, STR("/verify")), 404,
         STR("not found: reviews are posted to /admit, by validating webhooks to /verify")},
        {!str_equal(http->method, STR("POST")), 405, STR("reviews are posted: use POST")},
        {http->field_count > REQUEST_FIELDS_MAX, 431, STR("too many header fields")},
        {http->is_surplus, 429, STR("too many connections")},
        {!http_request_has_type(http, STR("application/json")), 415, STR("a review is application/json")},
        {http->body.len > options->body_max, 413, STR("the review is larger than --max-body allows")},
        {http->body.len == 0, 400, STR("the body is empty: expected an AdmissionReview")},
    };

    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        if (!checks[i].wrong)
            continue;
        *ret_sentence = checks[i].sentence;
        return checks[i].status;
    }
    return 0;
}

/* `status`, not 0: it is refused with this and the sentence. */
static void judge(struct admission_loop *loop, const struct http_request *http, int status,
                  struct str sentence)
{
    const struct admission_handler_options *options = loop->handler->options;
    const struct admission_reply reply = {
        .options = options, .counters = loop->counters, .http = http, .began_ns = monotonic_ns()};
    const struct snapshot *snapshot;

    if (status != 0) {
        admission_reply_refuse(&reply, NULL, status, sentence);
        return;
    }
    snapshot = snapshot_acquire(options->snapshots);
    if (snapshot)
        admit(loop, &reply, snapshot);
    else
        admission_reply_refuse(&reply, NULL, 503, STR("the cluster's objects are not loaded yet"));
}

static void on_request(void *ctx, const struct http_request *http)
{
    struct admission_handler *handler = ctx;
    struct str sentence = {NULL, 0};
    int status = check_request(handler->options, http, &sentence);

    if (status == 404)
        http_reply_sentence(http, status, sentence);
    else if (status == 405)
        http_reply_wrong_method(http, STR("POST"), sentence);
    else if (status == 0 && handler->options->null)
        http_reply(http, &(struct http_reply){.status = 200,
                                              .content_type = STR("application/json"),
                                              .body = {handler->null_body, sizeof handler->null_body}});
    else
        judge(&handler->loops[http->loop], http, status, sentence);
}

static void on_tick(void *ctx, size_t loop)
{
    struct admission_handler *handler = ctx;

    admission_wait_give_up_late(handler->loops[loop].wait);
}

static void init_loop(struct admission_handler *handler, size_t index)
{
    struct admission_loop *loop = &handler->loops[index];

    loop->handler = handler;
    loop->counters = admission_metrics_of_loop(handler->options->metrics, index);
    loop->wait = admission_wait_new(handler->options, loop->counters, &handler->in_flight);
    loop->scratch = memory_bytes(SCRATCH_SIZE);
}

struct admission_handler *admission_handler_register(struct http_server *server,
                                                     const struct admission_handler_options *options,
                                                     size_t threads)
{
    struct admission_handler *handler = memory_zeroed(1, sizeof *handler);

    handler->options = options;
    handler->threads = threads;
    handler->loops = memory_zeroed(threads, sizeof *handler->loops);
    for (size_t i = 0; i < threads; i++)
        init_loop(handler, i);
    admission_reply_null(handler->null_body);
    http_server_handle(server, LISTENER_TLS,
                       &(struct http_handler){.on_request = on_request, .on_tick = on_tick, .ctx = handler});
    return handler;
}

void admission_handler_free(struct admission_handler *handler)
{
    if (!handler)
        return;
    for (size_t i = 0; i < handler->threads; i++) {
        admission_wait_free(handler->loops[i].wait);
        free(handler->loops[i].scratch);
    }
    free(handler->loops);
    free(handler);
}

size_t admission_handler_in_flight(struct admission_handler *handler)
{
    return atomic_load_explicit(&handler->in_flight, memory_order_relaxed);
}
