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

/* --registry-… flags; all texts are borrowed for the resolver's life. */
struct tag_resolver_options {
    const char *certs_dir; /* certs.d layout: <dir>/<host[:port]>/{*.crt,*.cert,*.key}; NULL: none */
    const char *const *insecure_hosts; /* host[:port] that may be asked by plain HTTP or unverified TLS */
    size_t insecure_host_count;
    int64_t connect_timeout_ms;
    int64_t lookup_timeout_ms; /* of one look-up, whatever its askers' deadlines */
    int host_connections_max;  /* parallel requests to one host */
    int host_rate_max;         /* requests a second to one host */
    size_t questions_max;      /* look-ups in flight, all hosts; beyond: TAG_NOT_NOW at once */
};

struct tag_resolver_stats; /* edge/metrics.h reads them; any thread */

/*
 * One look-up, embedded in its asker's memory. The asker fills the first block
 * and keeps everything it points to alive until tag_resolver_ask() has returned:
 * the resolver copies. `on_done` runs on the resolver's thread with an answer
 * that is only valid during the call; an h2o asker sends itself a message there.
 */
struct tag_lookup;
typedef void tag_lookup_done(void *ctx, const struct tag_answer *answer);

struct tag_resolver *tag_resolver_start(const struct tag_resolver_options *options);
void tag_resolver_stop(struct tag_resolver *resolver);

/*
 * Starts (or joins) a look-up. `credentials` in the order in which they are
 * tried; anonymous comes last by itself. `deadline_ms` from now: on_done is
 * called once, by then at the latest, unless cancelled. `ctx` is handed back.
 * Any thread.
 */
struct tag_lookup *tag_resolver_ask(struct tag_resolver *resolver, const struct tag_question *question,
                                    const struct credential *const *credentials, size_t credential_count,
                                    int64_t deadline_ms, tag_lookup_done *on_done, void *ctx);

/* Blocks until the answer is there, for the command line; copies it into the arena. */
void tag_resolver_ask_blocking(struct tag_resolver *resolver, struct arena *arena,
                               const struct tag_question *question,
                               const struct credential *const *credentials, size_t credential_count,
                               int64_t deadline_ms, struct tag_answer *ret);

#endif
