/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_RESOLVER_TAG_RESOLVER_H
#define WEIR_ENGINE_RESOLVER_TAG_RESOLVER_H

#include "core/registry/credentials.h"
#include "core/stream/tag_answers.h"
#include "edge/registry/counters.h"

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

/* Any thread; the counters are read one by one. */
void tag_resolver_stats(const struct tag_resolver *resolver, struct tag_resolver_stats *ret);

#endif
