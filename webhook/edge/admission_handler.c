/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/admission_handler.h"

#include "edge/admission_budget.h"
#include "edge/admission_turn.h"
#include "edge/http_server.h"

#include <assert.h>
#include <h2o.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SCRATCH_SIZE = 256 << 10, /* typical admissions need no other memory */
    LATE_MS = 200,            /* after which an answer that the resolver owes is given up */
    NULL_BODY_SIZE = 600,
};

/* What one loop needs; its thread only. */
struct admission_loop {
    struct admission_handler *handler;
    h2o_context_t *context;
    h2o_multithread_receiver_t answers;
    h2o_timeout_entry_t late_check;
    h2o_linklist_t waiting; /* struct admission_call, by `link` */
    h2o_linklist_t asked;   /* struct lookup, by `owned` */
    struct metrics_block *block;
    struct answer_cache *cache;
    char *scratch;
};

struct admission_handler {
    const struct admission_handler_options *options;
    struct admission_loop *loops;
    size_t threads;
    char null_body[NULL_BODY_SIZE];
    atomic_size_t in_flight;
};

/* What h2o frees with its configuration. */
struct registration {
    h2o_handler_t super;
    struct admission_handler *handler;
};

/* An admission that waits; the request's pool owns it, and its disposal is the only clean-up. */
struct admission_call {
    h2o_linklist_t link;
    h2o_req_t *req;
    struct admission_loop *loop;
    struct arena arena;
    struct admission_turn turn;
    int64_t began_ns;
    int64_t deadline_ms; /* of the monotonic clock */
    size_t rounds;
    h2o_linklist_t lookups; /* struct lookup, by `link` */
    bool answered;
};

/* One question that is out. Lives until its answer has come, whether or not anybody still waits. */
struct lookup {
    h2o_multithread_message_t message;
    h2o_linklist_t owned; /* in the loop */
    h2o_linklist_t link;  /* in the call */
    struct admission_loop *loop;
    struct admission_call *call; /* NULL: gone. The loop's thread only */
    struct arena arena;
    struct answer_key key;
    struct tag_answer answer;
};

static int64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t monotonic_ms(void)
{
    return monotonic_ns() / 1000000;
}

static const struct admission_handler_options *options_of(const struct admission_loop *loop)
{
    return loop->handler->options;
}

/* Answers */

static void refuse(struct admission_loop *loop, h2o_req_t *req, const struct admission_request *request,
                   int status, struct str sentence, int64_t began_ns)
{
    enum admission_result result = status == 429   ? RESULT_OVERLOADED
                                   : status == 503 ? RESULT_UNAVAILABLE
                                                   : RESULT_INVALID;
    int64_t took_ns = monotonic_ns() - began_ns;

    metrics_admission(options_of(loop)->metrics, loop->block, request ? request->workload : NULL,
                      request ? (int)request->operation : OPERATION_OTHER, result, took_ns);
    admission_log_undecided(options_of(loop)->log, options_of(loop)->log_mode, request, status, sentence,
                            took_ns / 1000);
    http_reply_sentence(req, status, sentence);
}

static enum admission_result result_of(const struct admission_decision *decision)
{
    if (decision->outcome == ADMISSION_DENY)
        return RESULT_DENIED;
    return decision->patch_count > 0 ? RESULT_CHANGED : RESULT_UNCHANGED;
}

/* `turn` is not to be used afterwards: with h2o's answer, the request may end. */
static void answer(struct admission_loop *loop, h2o_req_t *req, struct admission_turn *turn, int64_t began_ns)
{
    const struct admission_handler_options *options = options_of(loop);
    struct error err;
    struct str body;

    if (admission_response_encode(turn->arena, &turn->decision.response, &body, &err) < 0) {
        refuse(loop, req, &turn->request, 500, error_text(&err), began_ns);
        return;
    }
    int64_t took_ns = monotonic_ns() - began_ns;
    metrics_admission(options->metrics, loop->block, turn->request.workload, (int)turn->request.operation,
                      result_of(&turn->decision), took_ns);
    admission_log_decided(options->log, options->log_mode, &turn->request, &turn->decision, took_ns / 1000);
    http_reply(req,
               &(struct http_reply){.status = 200, .content_type = STR("application/json"), .body = body});
}

/* Waiting for registries */

static void on_call_gone(void *memory)
{
    struct admission_call *call = memory;
    struct admission_loop *loop = call->loop;

    if (!call->answered)
        metrics_admission(options_of(loop)->metrics, loop->block, call->turn.request.workload,
                          (int)call->turn.request.operation, RESULT_GONE, monotonic_ns() - call->began_ns);
    while (!h2o_linklist_is_empty(&call->lookups)) {
        struct lookup *lookup = H2O_STRUCT_FROM_MEMBER(struct lookup, link, call->lookups.next);
        h2o_linklist_unlink(&lookup->link);
        lookup->call = NULL;
    }
    if (h2o_linklist_is_linked(&call->link))
        h2o_linklist_unlink(&call->link);
    atomic_fetch_sub(&loop->handler->in_flight, 1);
    snapshot_release(call->turn.snapshot);
    arena_release(&call->arena);
}

/* The resolver's thread. What the answer points to is only there during the call. */
static void on_answered(void *ctx, const struct tag_answer *answer)
{
    struct lookup *lookup = ctx;

    lookup->answer = *answer;
    lookup->answer.reference = lookup->key.reference;
    lookup->answer.digest = arena_str(&lookup->arena, answer->digest);
    lookup->answer.cause = arena_str(&lookup->arena, answer->cause);
    lookup->answer.credential = arena_str(&lookup->arena, answer->credential);
    lookup->answer.confirmed_digest = arena_str(&lookup->arena, answer->confirmed_digest);
    h2o_multithread_send_message(&lookup->loop->answers, &lookup->message);
}

static void ask(struct admission_call *call, const struct turn_question *asked, int64_t left_ms)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);

    if (!lookup)
        abort();
    lookup->loop = call->loop;
    lookup->call = call;
    arena_init(&lookup->arena);
    lookup->key = asked->key; /* without the credentials, which are the snapshot's */
    lookup->key.reference = arena_str(&lookup->arena, asked->question->reference);
    lookup->key.credentials = NULL;
    lookup->key.credential_count = 0;
    h2o_linklist_insert(&call->loop->asked, &lookup->owned);
    h2o_linklist_insert(&call->lookups, &lookup->link);
    counter_add(&call->loop->block->answer_misses, 1);
    tag_resolver_ask(options_of(call->loop)->resolver, asked->question, asked->credentials,
                     asked->credential_count, left_ms, on_answered, lookup);
}

static void finish(struct admission_call *call)
{
    call->answered = true;
    h2o_linklist_unlink(&call->link);
    answer(call->loop, call->req, &call->turn, call->began_ns);
}

/* Adds what the loop's cache knows; returns how many questions are left, in *ret of the turn's arena. */
static size_t use_cache(struct admission_loop *loop, struct admission_turn *turn, struct turn_question **ret)
{
    size_t count = turn->decision.question_count;

    *ret = ARENA_ARRAY(turn->arena, count, struct turn_question);
    size_t missing = admission_turn_from_cache(turn, loop->cache, monotonic_ms(), *ret);
    counter_add(&loop->block->answer_hits, count - missing);
    return missing;
}

/* Decides, or sends out what is needed for it. */
static void pursue(struct admission_call *call)
{
    struct turn_question *questions;
    size_t missing = 0;

    do {
        int64_t left_ms = call->deadline_ms - monotonic_ms();
        call->turn.closed = call->turn.closed || left_ms <= 0 || ++call->rounds > TURN_ROUNDS_MAX;
        if (admission_turn_decide(&call->turn, options_of(call->loop)->deciding, (int64_t)time(NULL)) !=
            ADMISSION_NEEDS_RESOLUTION) {
            finish(call);
            return;
        }
        missing = use_cache(call->loop, &call->turn, &questions);
        for (size_t i = 0; i < missing; i++)
            ask(call, &questions[i], left_ms);
    } while (missing == 0);
}

static void free_lookup(struct lookup *lookup)
{
    h2o_linklist_unlink(&lookup->owned);
    arena_release(&lookup->arena);
    free(lookup);
}

static void on_answers(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    struct admission_loop *loop = H2O_STRUCT_FROM_MEMBER(struct admission_loop, answers, receiver);

    while (!h2o_linklist_is_empty(messages)) {
        struct lookup *lookup = H2O_STRUCT_FROM_MEMBER(struct lookup, message.link, messages->next);
        struct admission_call *call = lookup->call;
        h2o_linklist_unlink(&lookup->message.link);
        answer_cache_store(loop->cache, &lookup->key, &lookup->answer, monotonic_ms());
        if (call) {
            h2o_linklist_unlink(&lookup->link);
            admission_turn_add(&call->turn, &lookup->answer);
            if (h2o_linklist_is_empty(&call->lookups))
                pursue(call);
        }
        free_lookup(lookup);
    }
}

/* The resolver answers by the deadline. Should it not, nobody shall wait for it. */
static void give_up(struct admission_call *call)
{
    while (!h2o_linklist_is_empty(&call->lookups)) {
        struct lookup *lookup = H2O_STRUCT_FROM_MEMBER(struct lookup, link, call->lookups.next);
        h2o_linklist_unlink(&lookup->link);
        lookup->call = NULL;
    }
    call->turn.closed = true;
    pursue(call);
}

static struct admission_call *find_late(struct admission_loop *loop)
{
    int64_t late = monotonic_ms() - LATE_MS;

    for (h2o_linklist_t *node = loop->waiting.next; node != &loop->waiting; node = node->next) {
        struct admission_call *call = H2O_STRUCT_FROM_MEMBER(struct admission_call, link, node);
        if (call->deadline_ms < late)
            return call;
    }
    return NULL;
}

/* Searched anew each time: an answer may end other requests of its connection. */
static void on_late_check(h2o_timeout_entry_t *entry)
{
    struct admission_loop *loop = H2O_STRUCT_FROM_MEMBER(struct admission_loop, late_check, entry);

    for (struct admission_call *call = find_late(loop); call; call = find_late(loop))
        give_up(call);
    if (!h2o_linklist_is_empty(&loop->waiting))
        h2o_timeout_link(loop->context->loop, &loop->context->hundred_ms_timeout, entry);
}

static void wait_for_answers(struct admission_loop *loop, h2o_req_t *req, const struct snapshot *snapshot,
                             int64_t began_ns, int64_t budget_ms)
{
    struct admission_call *call = h2o_mem_alloc_shared(&req->pool, sizeof *call, on_call_gone);
    struct error err;

    memset(call, 0, sizeof *call);
    call->req = req;
    call->loop = loop;
    call->began_ns = began_ns;
    call->deadline_ms = monotonic_ms() + budget_ms;
    h2o_linklist_init_anchor(&call->lookups);
    h2o_linklist_insert(&loop->waiting, &call->link);
    arena_init(&call->arena);
    /* Decoded once before, from the same bytes: it cannot fail. */
    if (admission_turn_begin(&call->turn, &call->arena, snapshot, options_of(loop)->table,
                             (struct str){req->entity.base, req->entity.len}, &err) < 0)
        abort();
    if (!h2o_timeout_is_linked(&loop->late_check))
        h2o_timeout_link(loop->context->loop, &loop->context->hundred_ms_timeout, &loop->late_check);
    pursue(call);
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
    wait_for_answers(loop, req, turn->snapshot, began_ns, budget);
    return true;
}

/* True where it is decided without asking anybody. */
static bool decide_at_once(struct admission_loop *loop, struct admission_turn *turn)
{
    struct turn_question *questions;

    for (size_t round = 0; round < TURN_ROUNDS_MAX; round++) {
        if (admission_turn_decide(turn, options_of(loop)->deciding, (int64_t)time(NULL)) !=
            ADMISSION_NEEDS_RESOLUTION)
            return true;
        if (use_cache(loop, turn, &questions) > 0)
            return false;
    }
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
    if (admission_turn_begin(&turn, &arena, snapshot, options_of(loop)->table,
                             (struct str){req->entity.base, req->entity.len}, &err) < 0)
        refuse(loop, req, NULL, 400, error_text(&err), began_ns);
    else if (decide_at_once(loop, &turn))
        answer(loop, req, &turn, began_ns);
    else
        taken = start_waiting(loop, req, &turn, began_ns);
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
        {!h2o_memis(req->path_normalized.base, req->path_normalized.len, H2O_STRLIT("/admit")), 404,
         STR("not found: reviews are posted to /admit")},
        {!h2o_memis(req->method.base, req->method.len, H2O_STRLIT("POST")), 405,
         STR("reviews are posted: use POST")},
        {req->headers.size > HTTP_HEADERS_MAX, 431, STR("too many header fields")},
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
    h2o_multithread_register_receiver(context->queue, &loop->answers, on_answers);
}

static void init_loop(struct admission_handler *handler, size_t index)
{
    struct admission_loop *loop = &handler->loops[index];

    loop->handler = handler;
    loop->block = metrics_block(handler->options->metrics, index);
    loop->cache = answer_cache_new(handler->options->cache_entries);
    loop->scratch = malloc(SCRATCH_SIZE);
    loop->late_check.cb = on_late_check;
    h2o_linklist_init_anchor(&loop->waiting);
    h2o_linklist_init_anchor(&loop->asked);
    if (!loop->scratch)
        abort();
}

/* As long as a typical answer with one patch. */
static void fill_null_body(char body[NULL_BODY_SIZE])
{
    static const char head[] = "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                               "\"response\":{\"uid\":\"\",\"allowed\":true},\"filler\":\"";

    memset(body, 'x', NULL_BODY_SIZE);
    memcpy(body, head, sizeof head - 1);
    memcpy(body + NULL_BODY_SIZE - 2, "\"}", 2);
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
    fill_null_body(handler->null_body);
    return handler;
}

void admission_handler_free(struct admission_handler *handler)
{
    if (!handler)
        return;
    for (size_t i = 0; i < handler->threads; i++) {
        h2o_linklist_t *asked = &handler->loops[i].asked;
        while (!h2o_linklist_is_empty(asked)) /* answered when no loop turned any more */
            free_lookup(H2O_STRUCT_FROM_MEMBER(struct lookup, owned, asked->next));
        answer_cache_free(handler->loops[i].cache);
        free(handler->loops[i].scratch);
    }
    free(handler->loops);
    free(handler);
}

size_t admission_handler_in_flight(struct admission_handler *handler)
{
    return atomic_load_explicit(&handler->in_flight, memory_order_relaxed);
}
