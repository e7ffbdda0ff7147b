/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/host.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256 };

struct registry_hosts {
    struct registry_limits limits;
    struct timer_queue *timers;
    size_t count;
    struct registry_host *buckets[BUCKETS];
};

struct registry_hosts *registry_hosts_new(const struct registry_limits *limits, struct timer_queue *timers)
{
    struct registry_hosts *hosts = calloc(1, sizeof(*hosts));

    if (!hosts)
        abort();
    hosts->limits = *limits;
    hosts->timers = timers;
    return hosts;
}

static void host_free(struct registry_host *host)
{
    assert(host->queued == 0 && host->running == 0);
    timer_queue_clear(host->hosts->timers, &host->refill);
    free(host);
}

void registry_hosts_free(struct registry_hosts *hosts)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct registry_host *host = hosts->buckets[i], *next; host; host = next) {
            next = host->next;
            host_free(host);
        }
    }
    free(hosts);
}

static bool is_idle(const struct registry_host *host)
{
    return host->running == 0 && host->queued == 0;
}

/* Idle ones that remember a pause or an open breaker go last: else a stranger could wash them away. */
static bool goes_before(const struct registry_host *a, const struct registry_host *b)
{
    bool a_pauses = a->open_until_ms > a->used_ms;
    bool b_pauses = b->open_until_ms > b->used_ms;

    return a_pauses != b_pauses ? b_pauses : a->used_ms < b->used_ms;
}

static bool drop_idlest(struct registry_hosts *hosts)
{
    struct registry_host **idlest = NULL;
    struct registry_host *host;

    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct registry_host **link = &hosts->buckets[i]; *link; link = &(*link)->next) {
            if (is_idle(*link) && (!idlest || goes_before(*link, *idlest)))
                idlest = link;
        }
    }
    if (!idlest)
        return false;
    host = *idlest;
    *idlest = host->next;
    hosts->count--;
    host_free(host);
    return true;
}

static void on_refill(struct timer *timer);

static struct registry_host *host_new(struct registry_hosts *hosts, struct str name, int64_t now_ms)
{
    struct registry_host *host = calloc(1, sizeof(*host));

    if (!host)
        abort();
    memcpy(host->name, name.ptr, name.len);
    host->hosts = hosts;
    host->last = &host->first;
    host->refill.run = on_refill;
    host->tokens = hosts->limits.rate_max;
    host->refilled_ms = now_ms;
    hosts->count++;
    return host;
}

struct registry_host *registry_hosts_get(struct registry_hosts *hosts, struct str name, int64_t now_ms)
{
    struct registry_host **bucket = &hosts->buckets[str_hash(name, 0) % BUCKETS];
    struct registry_host *host = *bucket;

    assert(name.len > 0 && name.len <= REGISTRY_HOST_NAME_MAX);
    while (host && !str_equal(str_from_c(host->name), name))
        host = host->next;
    if (!host) {
        if (hosts->count >= REGISTRY_HOSTS_MAX && !drop_idlest(hosts))
            return NULL;
        host = host_new(hosts, name, now_ms);
        host->next = *bucket;
        *bucket = host;
    }
    host->used_ms = now_ms;
    return host;
}

int64_t registry_host_closed_for(const struct registry_host *host,
                                 const struct credential_fingerprint *fingerprint, int64_t now_ms)
{
    int64_t until = host->open_until_ms;

    for (size_t i = 0; i < REGISTRY_HOLDS_MAX; i++) {
        if (host->holds[i].until_ms > until &&
            credential_fingerprint_equal(&host->holds[i].fingerprint, fingerprint))
            until = host->holds[i].until_ms;
    }
    if (until > now_ms)
        return until - now_ms;
    return host->probing ? 1000 : 0; /* the breaker's probe is out: its end is near */
}

static void refill(struct registry_host *host, int64_t now_ms)
{
    int rate = host->hosts->limits.rate_max;

    host->tokens += (double)(now_ms - host->refilled_ms) * rate / 1000;
    if (host->tokens > rate)
        host->tokens = rate;
    host->refilled_ms = now_ms;
}

static void start_turns(struct registry_host *host, int64_t now_ms);

static void on_refill(struct timer *timer)
{
    struct registry_host *host = CONTAINER_OF(struct registry_host, refill, timer);

    start_turns(host, timer->at_ms);
}

static struct registry_turn *pop(struct registry_host *host)
{
    struct registry_turn *turn = host->first;

    host->first = turn->next;
    if (!host->first)
        host->last = &host->first;
    host->queued--;
    return turn;
}

/* A turn may end within run(): the loop looks at the host afresh each time. */
static void start_turns(struct registry_host *host, int64_t now_ms)
{
    const struct registry_limits *limits = &host->hosts->limits;

    while (host->first && host->running < limits->connections_max) {
        struct registry_turn *turn;

        refill(host, now_ms);
        if (host->tokens < 1) {
            timer_queue_set(host->hosts->timers, &host->refill,
                            now_ms + 1 + (int64_t)((1 - host->tokens) * 1000 / limits->rate_max));
            return;
        }
        turn = pop(host);
        turn->state = TURN_RUNNING;
        turn->prepaid = true;
        host->tokens -= 1;
        host->running++;
        turn->run(turn);
    }
}

bool registry_host_take_turn(struct registry_host *host, struct registry_turn *turn, int64_t now_ms)
{
    if ((size_t)host->running + host->queued >= host->hosts->limits.queue_max)
        return false;
    if (host->failures >= REGISTRY_FAILURES_MAX) {
        host->probing = true;
        turn->probe = true;
    }
    turn->next = NULL;
    turn->state = TURN_WAITING;
    *host->last = turn;
    host->last = &turn->next;
    host->queued++;
    start_turns(host, now_ms);
    return true;
}

static void leave_queue(struct registry_host *host, struct registry_turn *turn)
{
    struct registry_turn **link = &host->first;

    while (*link != turn)
        link = &(*link)->next;
    *link = turn->next;
    if (!*link)
        host->last = link;
    host->queued--;
}

void registry_host_end_turn(struct registry_host *host, struct registry_turn *turn, int64_t now_ms)
{
    if (turn->state == TURN_WAITING)
        leave_queue(host, turn);
    else if (turn->state == TURN_RUNNING)
        host->running--;
    if (turn->probe)
        host->probing = false;
    turn->state = TURN_NONE;
    turn->probe = false;
    host->used_ms = now_ms;
    start_turns(host, now_ms);
}

void registry_host_count_request(struct registry_host *host, struct registry_turn *turn, int64_t now_ms)
{
    refill(host, now_ms);
    if (!turn->prepaid)
        host->tokens -= 1;
    turn->prepaid = false;
}

void registry_host_succeeded(struct registry_host *host)
{
    host->failures = 0;
    host->break_ms = 0;
}

void registry_host_failed(struct registry_host *host, int64_t now_ms)
{
    if (++host->failures < REGISTRY_FAILURES_MAX)
        return;
    if (host->open_until_ms > now_ms)
        return; /* one that was under way when it opened */
    host->break_ms = host->break_ms ? host->break_ms * 2 : REGISTRY_BREAK_MS;
    if (host->break_ms > REGISTRY_BREAK_MAX_MS)
        host->break_ms = REGISTRY_BREAK_MAX_MS;
    host->open_until_ms = now_ms + host->break_ms;
}

static int64_t cut(int64_t value, int64_t most)
{
    return value < most ? value : most;
}

void registry_host_hold(struct registry_host *host, const struct credential_fingerprint *fingerprint,
                        int64_t for_ms, int64_t now_ms)
{
    size_t place = 0;

    while (fingerprint && place < REGISTRY_HOLDS_MAX && host->holds[place].until_ms > now_ms &&
           !credential_fingerprint_equal(&host->holds[place].fingerprint, fingerprint))
        place++;
    if (!fingerprint || place == REGISTRY_HOLDS_MAX) {
        int64_t until = now_ms + cut(for_ms, REGISTRY_PAUSE_MAX_MS);

        host->open_until_ms = until > host->open_until_ms ? until : host->open_until_ms;
        return;
    }
    host->holds[place].fingerprint = *fingerprint;
    host->holds[place].until_ms = now_ms + cut(for_ms, REGISTRY_HOLD_MAX_MS);
}

static void remember(char *to, struct str s)
{
    if (s.len > REGISTRY_MEMORY_MAX)
        s.len = 0;
    if (s.len > 0)
        memcpy(to, s.ptr, s.len);
    to[s.len] = '\0';
}

void registry_host_learn(struct registry_host *host, const struct auth_challenge *challenge)
{
    host->scheme = challenge->scheme;
    remember(host->realm, challenge->realm);
    remember(host->service, challenge->service);
}
