/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_HOST_H
#define WEIR_EDGE_REGISTRY_HOST_H

#include "core/registry/auth_challenge.h"
#include "edge/outbound/timer_queue.h"
#include "edge/registry/credential_fingerprint.h"

/*
 * What is known about one registry, and how hard it may be asked: parallel
 * look-ups, requests a second, a breaker after failures in a row, pauses that
 * it asked for itself. The outbound thread's alone.
 *
 * The breaker opens after REGISTRY_FAILURES_MAX failures in a row (connection,
 * TLS, time-out, 5xx; of its token server too), first for 5 s, doubled up to a
 * minute; then one look-up probes, and its success closes it.
 */
enum {
    REGISTRY_HOSTS_MAX = 1024,
    REGISTRY_HOST_NAME_MAX = 262, /* of a DNS name, colon, port */
    REGISTRY_FAILURES_MAX = 5,
    REGISTRY_BREAK_MS = 5000,
    REGISTRY_BREAK_MAX_MS = 60000,
    REGISTRY_HOLDS_MAX = 16,               /* credentials that one host has paused; then the host is */
    REGISTRY_HOLD_MAX_MS = 60 * 60 * 1000, /* of a 429 */
    REGISTRY_PAUSE_MAX_MS = 5 * 60 * 1000, /* of a 5xx: it hits every tenant */
    REGISTRY_MEMORY_MAX = 1024,            /* bytes of a realm or service that are remembered */
};

/* A look-up's place in its host's queue; lives in the look-up. Zero before use. */
struct registry_turn {
    struct registry_turn *next;
    void (*run)(struct registry_turn *turn);
    enum { TURN_NONE, TURN_WAITING, TURN_RUNNING } state;
    bool probe;   /* of an open breaker */
    bool prepaid; /* its first request is already counted */
};

struct registry_limits {
    int connections_max;
    int rate_max;
    size_t queue_max; /* look-ups of one host, waiting or running */
};

struct registry_hosts;

struct registry_host {
    struct registry_host *next;
    struct registry_hosts *hosts;
    char name[REGISTRY_HOST_NAME_MAX + 1]; /* lower case; of Docker Hub the API host */
    int64_t used_ms;
    /* turns */
    int running;
    size_t queued;
    struct registry_turn *first;
    struct registry_turn **last;
    struct timer refill;
    double tokens;
    int64_t refilled_ms;
    /* breaker and pauses */
    int failures;
    int64_t break_ms;
    int64_t open_until_ms;
    bool probing;
    struct {
        struct credential_fingerprint fingerprint;
        int64_t until_ms;
    } holds[REGISTRY_HOLDS_MAX];
    /* what it taught */
    bool plain_http; /* of an insecure host: https failed, http answered */
    enum auth_scheme scheme;
    char realm[REGISTRY_MEMORY_MAX + 1];
    char service[REGISTRY_MEMORY_MAX + 1];
};

struct registry_hosts *registry_hosts_new(const struct registry_limits *limits, struct timer_queue *timers);
void registry_hosts_free(struct registry_hosts *hosts);
/* Creates where it is new; drops the one idle for longest where there are too many. NULL: all are busy. */
struct registry_host *registry_hosts_get(struct registry_hosts *hosts, struct str name, int64_t now_ms);

/* Milliseconds until this asker may be served at all (breaker, pauses); 0: now. */
int64_t registry_host_closed_for(const struct registry_host *host,
                                 const struct credential_fingerprint *fingerprint, int64_t now_ms);

/*
 * Queues: turn->run is called when the host may be asked, perhaps at once.
 * False: the queue is full. A turn is ended exactly once, running or waiting.
 */
MUST_CHECK bool registry_host_take_turn(struct registry_host *host, struct registry_turn *turn,
                                        int64_t now_ms);
void registry_host_end_turn(struct registry_host *host, struct registry_turn *turn, int64_t now_ms);
/* A request within a turn; the turn's start has counted the first. */
void registry_host_count_request(struct registry_host *host, struct registry_turn *turn, int64_t now_ms);

void registry_host_succeeded(struct registry_host *host);
void registry_host_failed(struct registry_host *host, int64_t now_ms);
/* Nothing for this asker until then; `fingerprint` NULL: for no asker at all. */
void registry_host_hold(struct registry_host *host, const struct credential_fingerprint *fingerprint,
                        int64_t for_ms, int64_t now_ms);
void registry_host_learn(struct registry_host *host, const struct auth_challenge *challenge);

#endif
