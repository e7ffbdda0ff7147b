/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/wait.h"

#include "edge/system/monotonic.h"
#include "engine/admission/reply.h"

#include <h2o.h>
#include <stdlib.h>
#include <string.h>

enum { LATE_MS = 200 }; /* after which an answer that is owed is given up */

struct admission_wait {
    const struct admission_handler_options *options;
    struct admission_counters *counters;
    struct answer_cache *cache;
    atomic_size_t *in_flight;
    h2o_context_t *context;
    h2o_multithread_receiver_t answers;
    h2o_multithread_receiver_t facts;
    h2o_timeout_entry_t late_check;
    h2o_linklist_t waiting; /* struct admission_call, by `link` */
    h2o_linklist_t asked;   /* struct lookup, by `owned` */
    h2o_linklist_t fetches; /* struct fetch, by `owned` */
};

/* An admission that waits; the request's pool owns it, and its disposal is the only clean-up. */
struct admission_call {
    h2o_linklist_t link;
    h2o_req_t *req;
    struct admission_wait *wait;
    struct arena arena;
    struct admission_turn turn;
    int64_t began_ns;
    int64_t deadline_ms; /* of the monotonic clock */
    size_t rounds;
    h2o_linklist_t lookups; /* struct lookup, by `link` */
    struct fetch *fetch;    /* the cluster is asked first; NULL: it is not */
    bool answered;
};

/* What is asked of the cluster for a call. Lives until it has come, as a lookup does. */
struct fetch {
    h2o_multithread_message_t message;
    h2o_linklist_t owned; /* in the loop */
    struct admission_wait *wait;
    struct admission_call *call; /* NULL: gone. The loop's thread only */
};

/* One question that is out. Lives until its answer has come, whether or not anybody still waits. */
struct lookup {
    h2o_multithread_message_t message;
    h2o_linklist_t owned; /* in the loop */
    h2o_linklist_t link;  /* in the call */
    struct admission_wait *wait;
    struct admission_call *call; /* NULL: gone. The loop's thread only */
    struct arena arena;
    struct answer_key key;
    struct tag_answer answer;
};

/* Nothing that is under way concerns the call any more. */
static void let_go(struct admission_call *call)
{
    while (!h2o_linklist_is_empty(&call->lookups)) {
        struct lookup *lookup = H2O_STRUCT_FROM_MEMBER(struct lookup, link, call->lookups.next);
        h2o_linklist_unlink(&lookup->link);
        lookup->call = NULL;
    }
    if (call->fetch)
        call->fetch->call = NULL;
    call->fetch = NULL;
}

static void on_call_gone(void *memory)
{
    struct admission_call *call = memory;
    struct admission_wait *wait = call->wait;

    if (!call->answered)
        admission_metrics_count(wait->options->metrics, wait->counters,
                                &(struct admission_end){call->turn.request.workload,
                                                        (int)call->turn.request.operation, RESULT_GONE,
                                                        monotonic_ns() - call->began_ns});
    let_go(call);
    if (h2o_linklist_is_linked(&call->link))
        h2o_linklist_unlink(&call->link);
    atomic_fetch_sub(wait->in_flight, 1);
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
    h2o_multithread_send_message(&lookup->wait->answers, &lookup->message);
}

static void ask(struct admission_call *call, const struct turn_question *asked, int64_t left_ms)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);

    if (!lookup)
        abort();
    lookup->wait = call->wait;
    lookup->call = call;
    arena_init(&lookup->arena);
    lookup->key = asked->key; /* without the credentials, which are the snapshot's */
    lookup->key.reference = arena_str(&lookup->arena, asked->question->reference);
    lookup->key.credentials = NULL;
    lookup->key.credential_count = 0;
    h2o_linklist_insert(&call->wait->asked, &lookup->owned);
    h2o_linklist_insert(&call->lookups, &lookup->link);
    counter_add(&call->wait->counters->answer_misses, 1);
    tag_resolver_ask(call->wait->options->resolver, asked->question, asked->credentials,
                     asked->credential_count, left_ms, on_answered, lookup);
}

static void finish(struct admission_call *call)
{
    const struct admission_reply reply = {.options = call->wait->options,
                                          .counters = call->wait->counters,
                                          .req = call->req,
                                          .began_ns = call->began_ns};

    call->answered = true;
    h2o_linklist_unlink(&call->link);
    admission_reply_decided(&reply, &call->turn);
}

/* The outbound thread of the cluster. */
static void on_fetched(void *ctx)
{
    struct fetch *fetch = ctx;

    h2o_multithread_send_message(&fetch->wait->facts, &fetch->message);
}

static void fetch_facts(struct admission_call *call)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);
    struct facts_wish wish = admission_turn_wish(&call->turn);

    if (!fetch)
        abort();
    fetch->wait = call->wait;
    fetch->call = call;
    call->fetch = fetch;
    h2o_linklist_insert(&call->wait->fetches, &fetch->owned);
    facts_fetch_start(call->wait->options->facts, &wish, on_fetched, fetch);
}

/* Adds what the loop's cache knows; returns how many questions are left, in *ret of the turn's arena. */
static size_t use_cache(struct admission_wait *wait, struct admission_turn *turn, struct turn_question **ret)
{
    size_t count = turn->decision.question_count;

    *ret = ARENA_ARRAY(turn->arena, count, struct turn_question);
    size_t missing = admission_turn_from_cache(turn, wait->cache, monotonic_ms(), *ret);
    counter_add(&wait->counters->answer_hits, count - missing);
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
        if (admission_turn_decide(&call->turn, call->wait->options->deciding, (int64_t)time(NULL)) !=
            ADMISSION_NEEDS_RESOLUTION) {
            finish(call);
            return;
        }
        if (!admission_turn_find_facts(&call->turn)) {
            fetch_facts(call);
            return;
        }
        missing = use_cache(call->wait, &call->turn, &questions);
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
    struct admission_wait *wait = H2O_STRUCT_FROM_MEMBER(struct admission_wait, answers, receiver);

    while (!h2o_linklist_is_empty(messages)) {
        struct lookup *lookup = H2O_STRUCT_FROM_MEMBER(struct lookup, message.link, messages->next);
        struct admission_call *call = lookup->call;
        h2o_linklist_unlink(&lookup->message.link);
        answer_cache_store(wait->cache, &lookup->key, &lookup->answer, monotonic_ms());
        if (call) {
            h2o_linklist_unlink(&lookup->link);
            admission_turn_add(&call->turn, &lookup->answer);
            if (h2o_linklist_is_empty(&call->lookups))
                pursue(call);
        }
        free_lookup(lookup);
    }
}

static void free_fetch(struct fetch *fetch)
{
    h2o_linklist_unlink(&fetch->owned);
    free(fetch);
}

static void on_facts(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    (void)receiver;
    while (!h2o_linklist_is_empty(messages)) {
        struct fetch *fetch = H2O_STRUCT_FROM_MEMBER(struct fetch, message.link, messages->next);
        struct admission_call *call = fetch->call;
        h2o_linklist_unlink(&fetch->message.link);
        free_fetch(fetch);
        if (!call)
            continue;
        call->fetch = NULL;
        pursue(call);
    }
}

/* The resolver answers by the deadline. Should it not, nobody shall wait for it. */
static void give_up(struct admission_call *call)
{
    let_go(call);
    call->turn.closed = true;
    pursue(call);
}

static struct admission_call *find_late(struct admission_wait *wait)
{
    int64_t late = monotonic_ms() - LATE_MS;

    for (h2o_linklist_t *node = wait->waiting.next; node != &wait->waiting; node = node->next) {
        struct admission_call *call = H2O_STRUCT_FROM_MEMBER(struct admission_call, link, node);
        if (call->deadline_ms < late)
            return call;
    }
    return NULL;
}

/* Searched anew each time: an answer may end other requests of its connection. */
static void on_late_check(h2o_timeout_entry_t *entry)
{
    struct admission_wait *wait = H2O_STRUCT_FROM_MEMBER(struct admission_wait, late_check, entry);

    for (struct admission_call *call = find_late(wait); call; call = find_late(wait))
        give_up(call);
    if (!h2o_linklist_is_empty(&wait->waiting))
        h2o_timeout_link(wait->context->loop, &wait->context->hundred_ms_timeout, entry);
}

void admission_wait_start(struct admission_wait *wait, struct st_h2o_req_t *req,
                          const struct admission_turn *turn, int64_t began_ns, int64_t budget_ms)
{
    struct admission_call *call = h2o_mem_alloc_shared(&req->pool, sizeof *call, on_call_gone);
    struct error err;

    memset(call, 0, sizeof *call);
    call->req = req;
    call->wait = wait;
    call->began_ns = began_ns;
    call->deadline_ms = monotonic_ms() + budget_ms;
    h2o_linklist_init_anchor(&call->lookups);
    h2o_linklist_insert(&wait->waiting, &call->link);
    arena_init(&call->arena);
    /* Decoded once before, from the same bytes: it cannot fail. */
    if (admission_turn_begin(&call->turn, &call->arena, turn->snapshot, wait->options->facts,
                             wait->options->table, (struct str){req->entity.base, req->entity.len}, &err) < 0)
        abort();
    call->turn.verify = turn->verify;
    if (!h2o_timeout_is_linked(&wait->late_check))
        h2o_timeout_link(wait->context->loop, &wait->context->hundred_ms_timeout, &wait->late_check);
    pursue(call);
}

bool admission_wait_decide(struct admission_wait *wait, struct admission_turn *turn)
{
    struct turn_question *questions;

    for (size_t round = 0; round < TURN_ROUNDS_MAX; round++) {
        if (admission_turn_decide(turn, wait->options->deciding, (int64_t)time(NULL)) !=
            ADMISSION_NEEDS_RESOLUTION)
            return true;
        if (!admission_turn_find_facts(turn) || use_cache(wait, turn, &questions) > 0)
            return false;
    }
    return false;
}

struct admission_wait *admission_wait_new(const struct admission_handler_options *options,
                                          struct admission_counters *counters, atomic_size_t *in_flight)
{
    struct admission_wait *wait = calloc(1, sizeof *wait);

    if (!wait)
        abort();
    wait->options = options;
    wait->counters = counters;
    wait->cache = answer_cache_new(options->cache_entries);
    wait->in_flight = in_flight;
    wait->late_check.cb = on_late_check;
    h2o_linklist_init_anchor(&wait->waiting);
    h2o_linklist_init_anchor(&wait->asked);
    h2o_linklist_init_anchor(&wait->fetches);
    return wait;
}

void admission_wait_attach(struct admission_wait *wait, h2o_context_t *context)
{
    wait->context = context;
    h2o_multithread_register_receiver(context->queue, &wait->answers, on_answers);
    h2o_multithread_register_receiver(context->queue, &wait->facts, on_facts);
}

/* What is still owed was answered when no loop turned any more. */
void admission_wait_free(struct admission_wait *wait)
{
    while (!h2o_linklist_is_empty(&wait->asked))
        free_lookup(H2O_STRUCT_FROM_MEMBER(struct lookup, owned, wait->asked.next));
    while (!h2o_linklist_is_empty(&wait->fetches))
        free_fetch(H2O_STRUCT_FROM_MEMBER(struct fetch, owned, wait->fetches.next));
    answer_cache_free(wait->cache);
    free(wait);
}
