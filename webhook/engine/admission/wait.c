/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/wait.h"

#include "base/linked_list.h"
#include "edge/system/monotonic.h"

#include <stdlib.h>
#include <time.h>

enum { LATE_MS = 200 }; /* after which an answer that is owed is given up */

struct admission_wait {
    const struct admission_handler_options *options;
    struct admission_counters *counters;
    struct answer_cache *cache;
    atomic_size_t *in_flight;
    struct linked_list waiting; /* struct admission_call, by `link` */
    struct linked_list asked;   /* struct lookup, by `owned` */
    struct linked_list fetches; /* struct fetch, by `owned` */
};

/* An admission that waits, in memory of the request that it holds. */
struct admission_call {
    struct linked_list link;
    struct http_request http;
    const struct snapshot *snapshot;
    struct admission_reply reply; /* its own: to `http` */
    struct admission_wait *wait;
    struct arena arena;
    struct admission_turn turn;
    int64_t deadline_ms;        /* of the monotonic clock */
    struct linked_list lookups; /* struct lookup, by `link` */
    struct fetch *fetch;        /* the cluster is asked first; NULL: it is not */
    bool answered;
};

/* What is asked of the cluster for a call. Lives until it has come, as a lookup does. */
struct fetch {
    struct http_message message;
    struct linked_list owned;    /* in the loop */
    struct http_inbox *inbox;    /* the loop's */
    struct admission_call *call; /* NULL: gone. The loop's thread only */
};

/* One question that is out. Lives until its answer has come, whether or not its call still waits. */
struct lookup {
    struct http_message message;
    struct linked_list owned; /* in the loop */
    struct linked_list link;  /* in the call */
    struct admission_wait *wait;
    struct http_inbox *inbox;    /* the loop's */
    struct admission_call *call; /* NULL: gone. The loop's thread only */
    struct arena arena;
    struct answer_key key;
    struct tag_answer answer;
};

/* Nothing that is under way concerns the call any more. */
static void let_go(struct admission_call *call)
{
    for (struct linked_list *link = linked_list_take(&call->lookups); link;
         link = linked_list_take(&call->lookups))
        CONTAINER_OF(struct lookup, link, link)->call = NULL;
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
                                                        monotonic_ns() - call->reply.began_ns});
    let_go(call);
    linked_list_remove(&call->link);
    atomic_fetch_sub(wait->in_flight, 1);
    snapshot_release(call->snapshot);
    arena_release(&call->arena);
}

static void on_answer(struct http_message *message);
static void on_facts(struct http_message *message);

/* The resolver's thread. What the answer points to is only there during the call. */
static void on_answered(void *ctx, const struct tag_answer *answer)
{
    struct lookup *lookup = ctx;

    lookup->answer = tag_answer_copy(&lookup->arena, answer);
    lookup->answer.reference = lookup->key.reference;
    http_inbox_post(lookup->inbox, &lookup->message);
}

static void ask(struct admission_call *call, const struct turn_question *asked, int64_t left_ms)
{
    const struct tag_lookup sought = {asked->question, asked->credentials, asked->credential_count, left_ms};
    struct lookup *lookup = memory_zeroed(1, sizeof *lookup);

    lookup->message.on_arrival = on_answer;
    lookup->wait = call->wait;
    lookup->inbox = call->http.inbox;
    lookup->call = call;
    arena_init(&lookup->arena);
    lookup->key = asked->key; /* without the credentials, which are the snapshot's */
    lookup->key.reference = arena_str(&lookup->arena, asked->question->reference);
    lookup->key.credentials = NULL;
    lookup->key.credential_count = 0;
    linked_list_add(&call->wait->asked, &lookup->owned);
    linked_list_add(&call->lookups, &lookup->link);
    counter_add(&call->wait->counters->answer_misses, 1);
    tag_resolver_ask(call->wait->options->resolver, &sought, on_answered, lookup);
}

static void finish(struct admission_call *call)
{
    call->answered = true;
    linked_list_remove(&call->link);
    admission_reply_decided(&call->reply, &call->turn);
}

/* The outbound thread of the cluster. */
static void on_fetched(void *ctx)
{
    struct fetch *fetch = ctx;

    http_inbox_post(fetch->inbox, &fetch->message);
}

static void fetch_facts(struct admission_call *call)
{
    struct fetch *fetch = memory_zeroed(1, sizeof *fetch);
    struct facts_wish wish = admission_turn_wish(&call->turn);

    fetch->message.on_arrival = on_facts;
    fetch->inbox = call->http.inbox;
    fetch->call = call;
    call->fetch = fetch;
    linked_list_add(&call->wait->fetches, &fetch->owned);
    facts_fetch_start(call->wait->options->facts, &wish, on_fetched, fetch);
}

/* Decides, or sends out what is needed for it. */
static void pursue(struct admission_call *call)
{
    struct admission_turn *turn = &call->turn;
    int64_t left_ms = call->deadline_ms - monotonic_ms();
    enum turn_state state;

    turn->closed = turn->closed || left_ms <= 0;
    state = admission_turn_pursue(turn, (int64_t)time(NULL));
    counter_add(&call->wait->counters->answer_hits, turn->cache_hits);
    switch (state) {
    case TURN_DECIDED:
        finish(call);
        return;
    case TURN_WANTS_FACTS:
        fetch_facts(call);
        return;
    case TURN_WANTS_ANSWERS:
        for (size_t i = 0; i < turn->missing_count; i++)
            ask(call, &turn->missing[i], left_ms);
    }
}

static void free_lookup(struct lookup *lookup)
{
    linked_list_remove(&lookup->owned);
    arena_release(&lookup->arena);
    free(lookup);
}

static void on_answer(struct http_message *message)
{
    struct lookup *lookup = CONTAINER_OF(struct lookup, message, message);
    struct admission_call *call = lookup->call;

    answer_cache_store(lookup->wait->cache, &lookup->key, &lookup->answer, monotonic_ms());
    if (call) {
        linked_list_remove(&lookup->link);
        admission_turn_add(&call->turn, &lookup->answer);
        if (linked_list_is_empty(&call->lookups))
            pursue(call);
    }
    free_lookup(lookup);
}

static void free_fetch(struct fetch *fetch)
{
    linked_list_remove(&fetch->owned);
    free(fetch);
}

static void on_facts(struct http_message *message)
{
    struct fetch *fetch = CONTAINER_OF(struct fetch, message, message);
    struct admission_call *call = fetch->call;

    free_fetch(fetch);
    if (!call)
        return;
    call->fetch = NULL;
    pursue(call);
}

/* Decides with what is known: what is out has not come in time. */
static void give_up(struct admission_call *call)
{
    let_go(call);
    call->turn.closed = true;
    pursue(call);
}

static struct admission_call *find_late(struct admission_wait *wait)
{
    int64_t late = monotonic_ms() - LATE_MS;

    for (struct linked_list *link = linked_list_first(&wait->waiting); link;
         link = linked_list_next(&wait->waiting, link)) {
        struct admission_call *call = CONTAINER_OF(struct admission_call, link, link);
        if (call->deadline_ms < late)
            return call;
    }
    return NULL;
}

/* Searched anew each time: an answer may end other requests of its connection. */
void admission_wait_give_up_late(struct admission_wait *wait)
{
    for (struct admission_call *call = find_late(wait); call; call = find_late(wait))
        give_up(call);
}

void admission_wait_start(struct admission_wait *wait, const struct admission_reply *reply,
                          const struct snapshot *snapshot, const struct turn_input *input, int64_t budget_ms)
{
    struct admission_call *call = http_request_hold(reply->http, sizeof *call, on_call_gone);
    struct error err;

    call->http = *reply->http;
    call->snapshot = snapshot;
    call->reply = *reply;
    call->reply.http = &call->http;
    call->wait = wait;
    call->deadline_ms = monotonic_ms() + budget_ms;
    linked_list_init(&call->lookups);
    linked_list_add(&wait->waiting, &call->link);
    arena_init(&call->arena);
    admission_turn_begin(&call->turn, &call->arena, input);
    /* Decoded once before, from the same bytes: it cannot fail. */
    if (admission_review_decode(&call->arena, wait->options->table, call->http.body, &call->turn.request,
                                &err) < 0)
        abort();
    pursue(call);
}

bool admission_wait_decide(struct admission_wait *wait, struct admission_turn *turn)
{
    if (admission_turn_pursue(turn, (int64_t)time(NULL)) != TURN_DECIDED)
        return false; /* what the cache knew is found, and counted, by the turn that waits */
    counter_add(&wait->counters->answer_hits, turn->cache_hits);
    return true;
}

struct answer_cache *admission_wait_cache(struct admission_wait *wait)
{
    return wait->cache;
}

struct admission_wait *admission_wait_new(const struct admission_handler_options *options,
                                          struct admission_counters *counters, atomic_size_t *in_flight)
{
    struct admission_wait *wait = memory_zeroed(1, sizeof *wait);

    wait->options = options;
    wait->counters = counters;
    wait->cache = answer_cache_new(options->cache_entries);
    wait->in_flight = in_flight;
    linked_list_init(&wait->waiting);
    linked_list_init(&wait->asked);
    linked_list_init(&wait->fetches);
    return wait;
}

/* What is still owed was answered when no loop turned any more. */
void admission_wait_free(struct admission_wait *wait)
{
    struct linked_list *link;

    for (link = linked_list_first(&wait->asked); link; link = linked_list_first(&wait->asked))
        free_lookup(CONTAINER_OF(struct lookup, owned, link));
    for (link = linked_list_first(&wait->fetches); link; link = linked_list_first(&wait->fetches))
        free_fetch(CONTAINER_OF(struct fetch, owned, link));
    answer_cache_free(wait->cache);
    free(wait);
}
