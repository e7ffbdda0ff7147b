/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/handler.h"

#include "edge/server/http_server.h"
#include "edge/system/monotonic.h"
#include "engine/admission/budget.h"
#include "engine/admission/reply.h"
#include "engine/admission/turn.h"
#include "engine/admission/wait.h"

#include <assert.h>
#include <h2o.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SCRATCH_SIZE = 256 << 10, /* typical admissions need no other memory */
};

/* What one loop needs; its thread only. */
struct admission_loop {
    struct admission_handler *handler;
    h2o_context_t *context;
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

/* What h2o frees with its configuration. */
struct registration {
    h2o_handler_t super;
    struct admission_handler *handler;
};

static const struct admission_handler_options *options_of(const struct admission_loop *loop)
{
    return loop->handler->options;
}

static struct admission_reply reply_of(struct admission_loop *loop, h2o_req_t *req, int64_t began_ns)
{
    return (struct admission_reply){
        .options = options_of(loop), .counters = loop->counters, .req = req, .began_ns = began_ns};
}

static void refuse(struct admission_loop *loop, h2o_req_t *req, const struct admission_request *request,
                   int status, struct str sentence, int64_t began_ns)
{
    struct admission_reply reply = reply_of(loop, req, began_ns);

    admission_reply_refuse(&reply, request, status, sentence);
}

/* `turn` is not to be used afterwards: with h2o's answer, the request may end. */
static void answer(struct admission_loop *loop, h2o_req_t *req, struct admission_turn *turn, int64_t began_ns)
{
    struct admission_reply reply = reply_of(loop, req, began_ns);

    admission_reply_decided(&reply, turn);
}

/* Requests */

static int64_t budget_of(const struct admission_loop *loop, const h2o_req_t *req)
{
    const struct timeval *began = &req->timestamps.request_begin_at;
    int64_t began_ms = (int64_t)began->tv_sec * 1000 + (int64_t)began->tv_usec / 1000;
    struct str query = {NULL, 0};

    if (req->query_at != SIZE_MAX)
        query = str_from((struct str){req->path.base, req->path.len}, req->query_at + 1);
    return admission_budget(query, (int64_t)h2o_now(loop->context->loop) - began_ms,
                            options_of(loop)->wait_max_ms);
}

/* True: there is a call now, which has taken the snapshot. */
static bool start_waiting(struct admission_loop *loop, h2o_req_t *req, struct admission_turn *turn,
                          int64_t began_ns)
{
    int64_t budget = budget_of(loop, req);

    if (budget <= 0) {
        refuse(loop, req, &turn->request, 503, STR("no time left to ask the registry"), began_ns);
        return false;
    }
    if (atomic_fetch_add(&loop->handler->in_flight, 1) >= options_of(loop)->in_flight_max) {
        atomic_fetch_sub(&loop->handler->in_flight, 1);
        refuse(loop, req, &turn->request, 429, STR("too many admissions wait for registries"), began_ns);
        return false;
    }
    admission_wait_start(loop->wait, req, turn, began_ns, budget);
    return true;
}

static bool is_path(const h2o_req_t *req, struct str path)
{
    return h2o_memis(req->path_normalized.base, req->path_normalized.len, path.ptr, path.len);
}

/*
 * A namespace that has just been made, and that the watch has not told of: its
 * labels decide which policies hold. The API server asks again in a second.
 */
static bool is_unheard_of(const struct admission_loop *loop, const struct admission_turn *turn)
{
    return options_of(loop)->facts && turn->request.namespace.len > 0 &&
           !cluster_view_namespace(&turn->snapshot->view, turn->request.namespace);
}

/* In a strict namespace nothing is decided by less than its whole policy. Most snapshots have no such policy.
 */
static bool lacks_a_policy(const struct admission_turn *turn)
{
    const struct cluster_view *view = &turn->snapshot->view;
    struct str namespace = turn->request.namespace;

    return view->undecoded_policies > 0 &&
           namespace_object_is_strict(cluster_view_namespace(view, namespace)) &&
           cluster_view_policy(view, turn->arena, namespace)->incomplete;
}

/* As start_waiting(): false where it is answered already. */
static bool decide(struct admission_loop *loop, h2o_req_t *req, struct admission_turn *turn, int64_t began_ns)
{
    turn->verify = is_path(req, STR("/verify"));
    if (is_unheard_of(loop, turn)) {
        refuse(loop, req, &turn->request, 503, STR("the namespace is not known yet"), began_ns);
        return false;
    }
    if (lacks_a_policy(turn)) {
        refuse(loop, req, &turn->request, 503, STR("a policy of this namespace does not decode"), began_ns);
        return false;
    }
    if (!admission_wait_decide(loop->wait, turn))
        return start_waiting(loop, req, turn, began_ns);
    answer(loop, req, turn, began_ns);
    return false;
}

static void admit(struct admission_loop *loop, h2o_req_t *req, const struct snapshot *snapshot)
{
    int64_t began_ns = monotonic_ns();
    struct admission_turn turn;
    struct arena arena;
    struct error err;
    bool taken = false;

    arena_init_buffer(&arena, loop->scratch, SCRATCH_SIZE);
    if (admission_turn_begin(&turn, &arena, snapshot, options_of(loop)->facts, options_of(loop)->table,
                             (struct str){req->entity.base, req->entity.len}, &err) < 0)
        refuse(loop, req, NULL, err.code == ERROR_TOO_LARGE ? 413 : 400, error_text(&err), began_ns);
    else
        taken = decide(loop, req, &turn, began_ns);
    if (!taken)
        snapshot_release(snapshot);
    arena_release(&arena);
}

static bool is_json(const h2o_req_t *req)
{
    ssize_t index = h2o_find_header(&req->headers, H2O_TOKEN_CONTENT_TYPE, -1);
    struct str value;

    if (index == -1)
        return false;
    value = (struct str){req->headers.entries[index].value.base, req->headers.entries[index].value.len};
    return str_equal_nocase(str_trim(str_slice(value, 0, str_find(value, ';'))), STR("application/json"));
}

/* What is wrong with the request before its body is looked at: a status, or 0. */
static int check_request(const struct admission_loop *loop, const h2o_req_t *req, struct str *ret_sentence)
{
    const struct {
        bool wrong;
        int status;
        struct str sentence;
    } checks[] = {
        {!is_path(req, STR("/admit")) && !is_path(req, STR("/verify")), 404,
         STR("not found: reviews are posted to /admit, by validating webhooks to /verify")},
        {!h2o_memis(req->method.base, req->method.len, H2O_STRLIT("POST")), 405,
         STR("reviews are posted: use POST")},
        {req->headers.size > REQUEST_FIELDS_MAX, 431, STR("too many header fields")},
        {http_request_is_surplus(req), 429, STR("too many connections")},
        {!is_json(req), 415, STR("a review is application/json")},
        {req->entity.len > options_of(loop)->body_max, 413,
         STR("the review is larger than --max-body allows")},
        {req->entity.len == 0, 400, STR("the body is empty: expected an AdmissionReview")},
    };

    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        if (!checks[i].wrong)
            continue;
        *ret_sentence = checks[i].sentence;
        return checks[i].status;
    }
    return 0;
}

static int on_req(h2o_handler_t *super, h2o_req_t *req)
{
    struct admission_handler *handler = ((struct registration *)super)->handler;
    struct admission_loop *loop = &handler->loops[http_loop_index(req->conn->ctx)];
    const struct snapshot *snapshot;
    struct str sentence;
    int status = check_request(loop, req, &sentence);

    if (status == 404 || status == 405) {
        http_reply_sentence(req, status, sentence);
        return 0;
    }
    if (status != 0) {
        refuse(loop, req, NULL, status, sentence, monotonic_ns());
        return 0;
    }
    if (handler->options->null) {
        http_reply(req, &(struct http_reply){.status = 200,
                                             .content_type = STR("application/json"),
                                             .body = {handler->null_body, sizeof handler->null_body}});
        return 0;
    }
    snapshot = snapshot_acquire(handler->options->snapshots);
    if (snapshot)
        admit(loop, req, snapshot);
    else
        refuse(loop, req, NULL, 503, STR("the cluster's objects are not loaded yet"), monotonic_ns());
    return 0;
}

/* Life */

static void on_context_init(h2o_handler_t *super, h2o_context_t *context)
{
    struct admission_handler *handler = ((struct registration *)super)->handler;
    struct admission_loop *loop = &handler->loops[http_loop_index(context)];

    loop->context = context;
    admission_wait_attach(loop->wait, context);
}

static void init_loop(struct admission_handler *handler, size_t index)
{
    struct admission_loop *loop = &handler->loops[index];

    loop->handler = handler;
    loop->counters = admission_metrics_of_loop(handler->options->metrics, index);
    loop->wait = admission_wait_new(handler->options, loop->counters, &handler->in_flight);
    loop->scratch = malloc(SCRATCH_SIZE);
    if (!loop->scratch)
        abort();
}

struct admission_handler *admission_handler_register(struct st_h2o_hostconf_t *host,
                                                     const struct admission_handler_options *options,
                                                     size_t threads)
{
    struct admission_handler *handler = calloc(1, sizeof *handler);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    struct registration *registration = (struct registration *)h2o_create_handler(path, sizeof *registration);

    if (!handler)
        abort();
    registration->super.on_req = on_req;
    registration->super.on_context_init = on_context_init;
    registration->handler = handler;
    handler->options = options;
    handler->threads = threads;
    handler->loops = calloc(threads, sizeof *handler->loops);
    if (!handler->loops)
        abort();
    for (size_t i = 0; i < threads; i++)
        init_loop(handler, i);
    admission_reply_null(handler->null_body);
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
