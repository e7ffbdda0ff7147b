/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/leader_lease.h"

#include "base/memory.h"
#include "edge/system/backoff.h"
#include "engine/controller/lease_object.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { RELEASE_MS = 2000, HOLDER_MAX = 256 };

static const struct kube_resource leases = {
    .group = STR_INIT("coordination.k8s.io"),
    .version = STR_INIT("v1"),
    .plural = STR_INIT("leases"),
    .namespaced = true,
};

/*
 * A candidate makes one attempt after another, each a GET of the Lease, then what core/controller/lease
 * decides of it: wait, or write (create, renew, take), which names the resourceVersion that was read. At most
 * one call is under way (`call`); schedule() sets `attempt` for the next one. Beside the attempts runs `end`:
 * it fires when our hold has run out by our own clock, whatever calls are still out, and tells on_lost(). A
 * release drops all of this, reads once more, and writes a record without a holder where it is still ours.
 */
struct leader_lease {
    struct timer attempt; /* first; the next one */
    struct timer end;     /* of our hold */
    struct kube_client *client;
    struct outbound *outbound;
    struct leader_lease_options options;
    struct leader_lease_events events;
    void *ctx;
    struct lease lease;
    struct backoff jitter;
    struct kube_call *call;
    struct arena arena;       /* of one attempt */
    struct lease_object read; /* by this attempt */
    int64_t sent_ms;          /* of the write under way */
    bool leading;             /* as was told */
    bool releasing;
    void (*on_released)(void *ctx);
    void *release_ctx;
    char holder[HOLDER_MAX]; /* who leads, as was logged */
    bool failing;            /* as was logged */
    atomic_bool shown_leading;
    atomic_int_fast64_t heard_ms;
    atomic_uint_fast64_t failures;
};

static struct timer_queue *timers_of(struct leader_lease *lease)
{
    return outbound_timers(lease->outbound);
}

/* Those who wait spread their attempts; a leader must not be late. */
static void schedule(struct leader_lease *lease)
{
    int64_t pause = lease->options.timing.retry_ms;

    arena_release(&lease->arena);
    if (!lease->leading)
        pause += backoff_random(&lease->jitter, pause / 2 + 1);
    timer_queue_set(timers_of(lease), &lease->attempt, monotonic_ms() + pause);
}

static void lose(struct leader_lease *lease)
{
    lease->leading = false;
    atomic_store(&lease->shown_leading, false);
    timer_queue_clear(timers_of(lease), &lease->end);
    log_warning(lease->options.log, "not leading any more", LOG_STR("lease", lease->options.name));
    lease->events.on_lost(lease->ctx);
}

static void check_lost(struct leader_lease *lease)
{
    if (lease->leading && leader_lease_left_ms(lease) == 0)
        lose(lease);
}

static void on_end(struct timer *timer)
{
    struct leader_lease *lease = CONTAINER_OF(struct leader_lease, end, timer);

    check_lost(lease);
}

static void hear(struct leader_lease *lease)
{
    atomic_store(&lease->heard_ms, monotonic_ms());
    lease->failing = false;
}

/* Of failures in a row the first is logged. */
static void fail(struct leader_lease *lease, const struct error *err)
{
    atomic_fetch_add(&lease->failures, 1);
    if (!lease->failing)
        log_warning(lease->options.log, "lease not reached", LOG_STR("message", error_text(err)));
    lease->failing = true;
    check_lost(lease);
    schedule(lease);
}

static void log_holder(struct leader_lease *lease, struct str holder)
{
    struct str shown = str_slice(holder, 0, HOLDER_MAX - 1);

    if (str_equal(shown, str_from_c(lease->holder)))
        return;
    if (shown.len > 0)
        memcpy(lease->holder, shown.ptr, shown.len);
    lease->holder[shown.len] = '\0';
    if (holder.len > 0 && !str_equal(holder, lease->options.identity))
        log_info(lease->options.log, "another leads", LOG_STR("holder", holder));
}

static void gain(struct leader_lease *lease)
{
    timer_queue_set(timers_of(lease), &lease->end, monotonic_ms() + leader_lease_left_ms(lease));
    if (lease->leading)
        return;
    lease->leading = true;
    atomic_store(&lease->shown_leading, true);
    log_info(lease->options.log, "leading", LOG_STR("lease", lease->options.name),
             LOG_STR("identity", lease->options.identity));
    lease->events.on_gained(lease->ctx);
}

static void on_written(void *ctx, const struct kube_answer *answer)
{
    struct leader_lease *lease = ctx;
    struct lease_object written;
    struct error err;

    lease->call = NULL;
    if (answer->err && (answer->err->code == ERROR_CONFLICT || answer->err->code == ERROR_EXISTS)) {
        hear(lease); /* another one was faster */
        check_lost(lease);
        schedule(lease);
        return;
    }
    if (answer->err) {
        fail(lease, answer->err);
        return;
    }
    if (lease_object_decode(&lease->arena, answer->body, &written, &err) < 0) {
        fail(lease, &err);
        return;
    }
    hear(lease);
    lease_written(&lease->lease, &written.record, lease->sent_ms, monotonic_ms());
    log_holder(lease, lease->options.identity);
    if (leader_lease_left_ms(lease) > 0)
        gain(lease);
    schedule(lease);
}

static struct str now_text(struct arena *arena)
{
    struct timespec now = {0};
    struct text text;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    text_init(&text, arena, 64);
    lease_object_time(&text, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    return text_str(&text);
}

static struct kube_request request_of(const struct leader_lease *lease, enum kube_verb verb)
{
    return (struct kube_request){
        .verb = verb,
        .place = {.resource = &leases,
                  .namespace = lease->options.namespace,
                  .name = verb == KUBE_POST ? STR("") : lease->options.name},
        .timeout_ms = lease->options.timing.renew_ms / 2,
        .body_max = LEASE_JSON_MAX,
    };
}

static void write_record(struct leader_lease *lease, const struct lease_record *record, kube_call_done *done)
{
    const struct lease_place place = {lease->options.namespace, lease->options.name,
                                      lease->read.resource_version};
    struct kube_request request = request_of(lease, place.resource_version.len > 0 ? KUBE_PATCH : KUBE_POST);
    struct text body;

    text_init(&body, &lease->arena, LEASE_JSON_MAX);
    lease_object_encode(&body, &place, record);
    request.body = text_str(&body);
    if (lease->releasing)
        request.timeout_ms = RELEASE_MS;
    lease->sent_ms = monotonic_ms();
    lease->call = kube_client_call(lease->client, &request, done, lease);
}

static void write_ours(struct leader_lease *lease, enum lease_step step)
{
    struct str now = now_text(&lease->arena);
    struct lease_record record = {
        .holder = lease->options.identity,
        .duration_ms = lease->options.timing.duration_ms,
        .acquired = now,
        .renewed = now,
        .transitions = lease->read.record.transitions + (step == LEASE_TAKE ? 1 : 0),
    };

    if (step == LEASE_RENEW && lease->read.record.acquired.len > 0)
        record.acquired = lease->read.record.acquired;
    write_record(lease, &record, on_written);
}

static void decide(struct leader_lease *lease, const struct lease_record *record)
{
    enum lease_step step = lease_observe(&lease->lease, record, monotonic_ms());

    hear(lease);
    if (record)
        log_holder(lease, record->holder);
    check_lost(lease);
    if (step == LEASE_WAIT)
        schedule(lease);
    else
        write_ours(lease, step);
}

static void on_read(void *ctx, const struct kube_answer *answer)
{
    struct leader_lease *lease = ctx;
    struct error err;

    lease->call = NULL;
    lease->read = (struct lease_object){.resource_version = {NULL, 0}};
    if (answer->err && answer->err->code == ERROR_NOT_FOUND)
        decide(lease, NULL);
    else if (answer->err)
        fail(lease, answer->err);
    else if (lease_object_decode(&lease->arena, answer->body, &lease->read, &err) < 0)
        fail(lease, &err);
    else
        decide(lease, &lease->read.record);
}

static void attempt(struct timer *timer)
{
    struct leader_lease *lease = (struct leader_lease *)timer;
    struct kube_request request = request_of(lease, KUBE_GET);

    lease->call = kube_client_call(lease->client, &request, on_read, lease);
}

struct leader_lease *leader_lease_start(struct kube_client *client,
                                        const struct leader_lease_options *options,
                                        const struct leader_lease_events *events, void *ctx)
{
    struct leader_lease *lease = memory_zeroed(1, sizeof(*lease));

    lease->client = client;
    lease->outbound = kube_client_outbound(client);
    lease->options = *options;
    lease->events = *events;
    lease->ctx = ctx;
    lease->attempt.run = attempt;
    lease->end.run = on_end;
    lease_init(&lease->lease, &options->timing, options->identity);
    backoff_init(&lease->jitter, 1, 1, options->seed);
    arena_init(&lease->arena);
    timer_queue_set(timers_of(lease), &lease->attempt, monotonic_ms());
    return lease;
}

static void cancel_all(struct leader_lease *lease)
{
    timer_queue_clear(timers_of(lease), &lease->attempt);
    timer_queue_clear(timers_of(lease), &lease->end);
    if (lease->call)
        kube_client_cancel(lease->call);
    lease->call = NULL;
    arena_release(&lease->arena);
}

void leader_lease_stop(struct leader_lease *lease)
{
    if (!lease)
        return;
    cancel_all(lease);
    free(lease);
}

int64_t leader_lease_left_ms(const struct leader_lease *lease)
{
    return lease_left_ms(&lease->lease, monotonic_ms());
}

static void end_release(struct leader_lease *lease, const struct error *err)
{
    if (err)
        log_warning(lease->options.log, "lease not released", LOG_STR("message", error_text(err)));
    lease->on_released(lease->release_ctx);
}

static void on_given_up(void *ctx, const struct kube_answer *answer)
{
    struct leader_lease *lease = ctx;

    lease->call = NULL;
    if (!answer->err)
        log_info(lease->options.log, "lease released", LOG_STR("lease", lease->options.name));
    end_release(lease, answer->err);
}

/* The shortest duration, so that a clock-watching client, too, sees it as ended. */
static void give_up(struct leader_lease *lease)
{
    struct str now = now_text(&lease->arena);
    const struct lease_record record = {
        .duration_ms = 1000, .acquired = now, .renewed = now, .transitions = lease->read.record.transitions};

    write_record(lease, &record, on_given_up);
}

static void on_read_for_release(void *ctx, const struct kube_answer *answer)
{
    struct leader_lease *lease = ctx;
    struct error err;

    lease->call = NULL;
    if (answer->err)
        end_release(lease, answer->err->code == ERROR_NOT_FOUND ? NULL : answer->err);
    else if (lease_object_decode(&lease->arena, answer->body, &lease->read, &err) < 0)
        end_release(lease, &err);
    else if (!str_equal(lease->read.record.holder, lease->options.identity))
        end_release(lease, NULL);
    else
        give_up(lease);
}

/* Read even where we do not lead: a write whose answer got lost may have made the lease ours. */
void leader_lease_release(struct leader_lease *lease, void (*on_released)(void *ctx), void *ctx)
{
    struct kube_request request = request_of(lease, KUBE_GET);

    cancel_all(lease);
    lease->on_released = on_released;
    lease->release_ctx = ctx;
    lease->releasing = true;
    lease->leading = false;
    atomic_store(&lease->shown_leading, false);
    lease_drop(&lease->lease);
    request.timeout_ms = RELEASE_MS;
    lease->call = kube_client_call(lease->client, &request, on_read_for_release, lease);
}

struct leader_lease_state leader_lease_state(struct leader_lease *lease)
{
    return (struct leader_lease_state){
        .leading = atomic_load(&lease->shown_leading),
        .heard_ms = atomic_load(&lease->heard_ms),
        .failures = atomic_load(&lease->failures),
    };
}
