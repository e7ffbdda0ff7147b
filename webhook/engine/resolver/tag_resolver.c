/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver/tag_resolver.h"

#include "base/memory.h"
#include "core/image/reference.h"
#include "edge/registry/host.h"
#include "engine/resolver/tag_question_copy.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    QUESTIONS_MAX = 512, /* one host may have a quarter of them: registry_client_options.host_queue_max */
    ANSWERS_MAX = 8192,
    FLIGHT_BUCKETS = 1024,
};

/* One question; made on its asker's thread, then the outbound thread's. */
struct asker {
    struct outbound_job job;
    struct timer deadline;
    struct tag_resolver *resolver;
    struct tag_question_copy *question;
    int64_t asked_ms;
    int64_t deadline_ms;
    struct flight *flight;
    struct asker *next;
    tag_lookup_done *on_done;
    void *ctx;
};

/* One look-up that any number of askers wait for, perhaps none any more. Outbound thread. */
struct flight {
    struct flight *next;
    struct tag_resolver *resolver;
    struct tag_question_copy *question;
    struct arena arena; /* holds the parsed path */
    int64_t started_ms;
    struct registry_lookup *lookup;
    struct asker *askers;
};

struct tag_resolver {
    struct registry_client *client;
    struct outbound *outbound; /* the client's */
    struct resolver_counters counters;
    struct answer_cache *answers;
    size_t questions_max;
    struct flight *flights[FLIGHT_BUCKETS];
};

static void count(atomic_uint_fast64_t *counter, int64_t by)
{
    (void)atomic_fetch_add_explicit(counter, (uint64_t)by, memory_order_relaxed);
}

/* Hands out the answer with what is known of earlier; the asker is gone afterwards. */
static void answer_asker(struct asker *asker, struct tag_answer answer)
{
    const struct answer_key *key = &asker->question->key;
    struct tag_answer known;

    if (answer.confirmed_at == 0) {
        (void)answer_cache_find(asker->resolver->answers, key, true, monotonic_ms(), &known);
        answer.confirmed_digest = known.confirmed_digest;
        answer.confirmed_at = known.confirmed_at;
    }
    answer.reference = key->reference;
    if (answer.credential_number > 0 && answer.credential_number <= key->credential_count)
        answer.credential = key->credentials[answer.credential_number - 1]->origin;
    timer_queue_clear(outbound_timers(asker->resolver->outbound), &asker->deadline);
    asker->on_done(asker->ctx, &answer);
    tag_question_copy_release(asker->question);
    free(asker);
}

static struct tag_answer answer_of(const struct registry_result *result)
{
    return (struct tag_answer){
        .outcome = result->outcome,
        .digest = str_from_c(result->digest),
        .cause = str_from_c(result->cause),
        .origin = ANSWER_FROM_REGISTRY,
        .credential_number = result->credential_number,
        .reuse_ms = result->reuse_ms,
        .reuse_fresh = result->reuse_fresh,
    };
}

static struct flight **bucket_of(struct tag_resolver *resolver, const struct answer_key *key)
{
    struct str fingerprint = {(const char *)key->fingerprint.bytes, CREDENTIAL_FINGERPRINT_SIZE};

    return &resolver->flights[str_hash(key->reference, str_hash(fingerprint, 0)) % FLIGHT_BUCKETS];
}

static struct flight *flight_find(struct tag_resolver *resolver, const struct answer_key *key)
{
    struct flight *flight = *bucket_of(resolver, key);

    while (flight && !(str_equal(flight->question->key.reference, key->reference) &&
                       credential_fingerprint_equal(&flight->question->key.fingerprint, &key->fingerprint)))
        flight = flight->next;
    return flight;
}

static void flight_free(struct flight *flight)
{
    struct tag_resolver *resolver = flight->resolver;
    struct flight **link = bucket_of(resolver, &flight->question->key);

    while (*link != flight)
        link = &(*link)->next;
    *link = flight->next;
    tag_question_copy_release(flight->question);
    arena_release(&flight->arena);
    free(flight);
}

static void on_flight_done(void *ctx, const struct registry_result *result)
{
    struct flight *flight = ctx;
    struct resolver_counters *counters = &flight->resolver->counters;
    struct tag_answer answer = answer_of(result);

    count(&counters->in_flight, -1);
    resolver_counters_lookup(counters, monotonic_ms() - flight->started_ms);
    if (answer.outcome == TAG_FOUND) {
        answer.confirmed_digest = answer.digest;
        answer.confirmed_at = (int64_t)time(NULL);
    }
    answer_cache_store(flight->resolver->answers, &flight->question->key, &answer, monotonic_ms());
    for (struct asker *asker = flight->askers, *next; asker; asker = next) {
        next = asker->next;
        answer_asker(asker, answer);
    }
    flight_free(flight);
}

static struct str domain_of(const struct asker *asker)
{
    struct image_reference ref;
    struct error err;

    if (image_reference_parse(asker->question->key.reference, &ref, &err) < 0)
        return (struct str){NULL, 0};
    return ref.domain;
}

static void on_asker_deadline(struct timer *timer)
{
    struct asker *asker = CONTAINER_OF(struct asker, deadline, timer);
    struct asker **link = &asker->flight->askers;
    const struct http_answer late = {.failure = HTTP_TIMEOUT,
                                     .reason = "no answer within the time of this request"};
    struct registry_result result;

    while (*link != asker)
        link = &(*link)->next;
    *link = asker->next;
    registry_result_transport(&result, domain_of(asker), PART_REGISTRY, &late, STR(""));
    result.reuse_ms = 0; /* the look-up itself goes on */
    answer_asker(asker, answer_of(&result));
}

static void join(struct asker *asker, struct flight *flight)
{
    asker->flight = flight;
    asker->next = flight->askers;
    flight->askers = asker;
    asker->deadline.run = on_asker_deadline;
    timer_queue_set(outbound_timers(asker->resolver->outbound), &asker->deadline, asker->deadline_ms);
}

static void start_flight(struct asker *asker, const struct image_reference *ref)
{
    struct tag_resolver *resolver = asker->resolver;
    struct flight *flight = calloc(1, sizeof(*flight));
    struct flight **bucket = bucket_of(resolver, &asker->question->key);
    struct registry_question question;

    if (!flight)
        abort();
    arena_init(&flight->arena);
    flight->resolver = resolver;
    flight->question = tag_question_copy_acquire(asker->question);
    flight->started_ms = monotonic_ms();
    flight->next = *bucket;
    *bucket = flight;
    count(&resolver->counters.in_flight, 1);
    join(asker, flight);
    question = (struct registry_question){
        .domain = ref->domain,
        .path = ref->library ? arena_join(&flight->arena, STR("library/"), ref->path) : ref->path,
        .tag = ref->tag,
        .credentials = flight->question->key.credentials,
        .credential_count = flight->question->key.credential_count,
        .fingerprint = flight->question->key.fingerprint,
    };
    flight->lookup = registry_client_look_up(resolver->client, &question, on_flight_done, flight);
}

/* What no registry can be asked. */
static bool is_askable(struct asker *asker, struct image_reference *ref)
{
    struct registry_result result = {.outcome = TAG_MUST_NOT,
                                     .cause = "the reference names no tag of a registry that can be asked"};
    struct error err;

    if (image_reference_parse(asker->question->key.reference, ref, &err) == 0 && ref->domain.len > 0 &&
        ref->tag.len > 0 && ref->digest.len == 0 && ref->domain.len <= REGISTRY_HOST_NAME_MAX)
        return true;
    answer_asker(asker, answer_of(&result));
    return false;
}

static void shed(struct asker *asker)
{
    struct registry_result result;

    count(&asker->resolver->counters.shed, 1);
    registry_result_not_now(&result, domain_of(asker), STR("too many look-ups are under way"), 0);
    answer_asker(asker, answer_of(&result));
}

static void ask_registry(struct asker *asker)
{
    struct tag_resolver *resolver = asker->resolver;
    struct flight *flight = flight_find(resolver, &asker->question->key);
    struct image_reference ref;

    count(&resolver->counters.cache_misses, 1);
    if (flight) {
        count(&resolver->counters.coalesced, 1);
        join(asker, flight);
    } else if (!is_askable(asker, &ref)) {
        return;
    } else if (atomic_load_explicit(&resolver->counters.in_flight, memory_order_relaxed) >=
               resolver->questions_max) {
        shed(asker);
    } else {
        start_flight(asker, &ref);
    }
}

static void on_asked(struct outbound_job *job)
{
    struct asker *asker = (struct asker *)(void *)job;
    struct tag_resolver *resolver = asker->resolver;
    struct tag_answer answer;

    if (answer_cache_find(resolver->answers, &asker->question->key, asker->question->fresh, monotonic_ms(),
                          &answer)) {
        count(&resolver->counters.cache_hits, 1);
        answer_asker(asker, answer);
    } else {
        ask_registry(asker);
    }
}

void tag_resolver_ask(struct tag_resolver *resolver, const struct tag_lookup *lookup,
                      tag_lookup_done *on_done, void *ctx)
{
    struct asker *asker = calloc(1, sizeof(*asker));

    if (!asker)
        abort();
    asker->job.run = on_asked;
    asker->resolver = resolver;
    asker->question = tag_question_copy_new(lookup->question, lookup->credentials, lookup->credential_count);
    asker->deadline_ms = monotonic_ms() + lookup->deadline_ms;
    asker->on_done = on_done;
    asker->ctx = ctx;
    outbound_post(resolver->outbound, &asker->job);
}

static void end_flight(struct flight *flight)
{
    struct registry_result result = {.outcome = TAG_NOT_NOW, .cause = "weir is stopping"};

    registry_client_cancel(flight->lookup);
    on_flight_done(flight, &result);
}

static void resolver_end(void *ctx)
{
    struct tag_resolver *resolver = ctx;

    for (size_t i = 0; i < FLIGHT_BUCKETS; i++) {
        while (resolver->flights[i])
            end_flight(resolver->flights[i]);
    }
    answer_cache_free(resolver->answers);
    free(resolver);
}

struct tag_resolver *tag_resolver_new(const struct tag_resolver_options *options)
{
    struct tag_resolver *resolver = calloc(1, sizeof(*resolver));

    if (!resolver)
        abort();
    resolver->client = options->client;
    resolver->outbound = registry_client_outbound(options->client);
    resolver->questions_max = options->questions_max ? options->questions_max : QUESTIONS_MAX;
    resolver->answers = answer_cache_new(ANSWERS_MAX);
    outbound_at_end(resolver->outbound, resolver_end, resolver);
    return resolver;
}

void tag_resolver_stats(const struct tag_resolver *resolver, struct tag_resolver_stats *ret)
{
    resolver_counters_read(&resolver->counters, ret);
}
