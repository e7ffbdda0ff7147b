/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_TAG_RESOLVER_H
#define WEIR_EDGE_TAG_RESOLVER_H

#include "core/registry_credentials.h"
#include "core/tag_answers.h"

/*
 * Asks registries for digests: one thread that owns curl_multi, the token and
 * answer caches, the limits and breakers of each host. Equal questions of the
 * same credential share one request; answers never cross credentials.
 */
struct tag_resolver;

/* --registry-… flags; all texts are borrowed for the resolver's life. Zero in a limit means its default. */
struct tag_resolver_options {
    const char *certs_dir; /* certs.d layout: <dir>/<host[:port]>/{*.crt,*.cert,*.key}; NULL: none */
    const char *const *insecure_hosts; /* host[:port] that may be asked by plain HTTP or unverified TLS */
    size_t insecure_host_count;
    int64_t connect_timeout_ms;
    int64_t lookup_timeout_ms; /* of one look-up, whatever its askers' deadlines */
    int host_connections_max;  /* parallel look-ups at one host */
    int host_rate_max;         /* requests a second to one host */
    size_t questions_max;      /* look-ups in flight, all hosts; beyond: TAG_NOT_NOW at once */
    /* host[:port] as in references, counted by name in the statistics; all others are one "other". */
    const char *const *metric_hosts;
    size_t metric_host_count; /* at most RESOLVER_METRIC_HOSTS_MAX are used */
};

/*
 * Called once for each question on the resolver's thread, by the asker's
 * deadline at the latest, and perhaps before tag_resolver_ask() has returned.
 * The answer is only valid during the call; an h2o asker sends itself a
 * message there.
 */
typedef void tag_lookup_done(void *ctx, const struct tag_answer *answer);

struct tag_resolver *tag_resolver_start(const struct tag_resolver_options *options);
/* Answers what is still asked with TAG_NOT_NOW, then ends the thread. Nobody may ask any more. */
void tag_resolver_stop(struct tag_resolver *resolver);

/*
 * Starts (or joins) a look-up; a fresh question joins one that is under way too:
 * its answer comes after the question. `credentials` in the order in which they are
 * tried; anonymous comes last by itself. `deadline_ms` from now. The question
 * and the credentials are copied, `ctx` is handed back. There is no
 * cancelling: an asker that has lost interest ignores the call. Any thread.
 */
void tag_resolver_ask(struct tag_resolver *resolver, const struct tag_question *question,
                      const struct credential *const *credentials, size_t credential_count,
                      int64_t deadline_ms, tag_lookup_done *on_done, void *ctx);

/* What became of one HTTP request, token servers' and redirects' included. */
enum registry_code {
    REGISTRY_2XX,
    REGISTRY_3XX,
    REGISTRY_401,
    REGISTRY_403,
    REGISTRY_404,
    REGISTRY_429,
    REGISTRY_4XX,
    REGISTRY_5XX,
    REGISTRY_DNS,
    REGISTRY_CONNECT,
    REGISTRY_TLS,
    REGISTRY_TIMEOUT,
    REGISTRY_INVALID,
    REGISTRY_CODE_COUNT,
};
/* "2xx", …, "invalid": values of a label. */
extern const char *const registry_code_names[REGISTRY_CODE_COUNT];

enum {
    RESOLVER_METRIC_HOSTS_MAX = 64,
    RESOLVER_BUCKET_COUNT = 11,
};
/* Upper bounds of the duration histogram, seconds; the bucket +Inf is `lookups`. */
extern const double resolver_bucket_bounds[RESOLVER_BUCKET_COUNT];

struct registry_requests {
    struct str host; /* borrowed from the options, or "other" */
    uint64_t by_code[REGISTRY_CODE_COUNT];
};

struct tag_resolver_stats {
    struct registry_requests hosts[RESOLVER_METRIC_HOSTS_MAX + 1]; /* the last one is "other" */
    size_t host_count;
    uint64_t cache_hits;                     /* questions answered from the resolver's cache */
    uint64_t cache_misses;                   /* questions that were not */
    uint64_t coalesced;                      /* misses that joined a look-up in flight */
    uint64_t shed;                           /* misses refused for questions_max */
    uint64_t in_flight;                      /* look-ups now */
    uint64_t lookups;                        /* ended */
    uint64_t buckets[RESOLVER_BUCKET_COUNT]; /* of the ended, cumulative as Prometheus has them */
    double seconds;                          /* sum of their durations */
};

/* Any thread; the counters are read one by one. */
void tag_resolver_stats(const struct tag_resolver *resolver, struct tag_resolver_stats *ret);

#endif
