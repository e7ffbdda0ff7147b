/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_CLIENT_H
#define WEIR_EDGE_REGISTRY_CLIENT_H

#include "edge/outbound/outbound.h"
#include "edge/registry/counters.h"
#include "edge/registry/question.h"

/*
 * From a tag to its digest by the registry protocol (OCI distribution-spec 1.1,
 * "Pulling manifests"): HEAD, its 401 answered with Basic or a token, redirects,
 * GET where the headers do not tell. It owns the limits and breakers of each
 * host and the tokens: one a process, so that all who ask share them. What has
 * to do with look-ups is the outbound thread's alone.
 */
struct registry_client;

/* All texts are borrowed for the client's life. Zero in a limit means its default. */
struct registry_client_options {
    const char *const
        *allowed; /* globs of host[:port] or host[:port]/path that may be asked; none: every one */
    size_t allowed_count;
    const char *certs_dir; /* certs.d layout: <dir>/<host[:port]>/{*.crt,*.cert,*.key}; NULL: none */
    const char *const *insecure_hosts; /* host[:port] that may be asked by plain HTTP or unverified TLS */
    size_t insecure_host_count;
    int64_t connect_timeout_ms;
    int64_t lookup_timeout_ms; /* of one look-up, whatever its askers' deadlines */
    int host_connections_max;  /* parallel look-ups at one host */
    int host_rate_max;         /* requests a second to one host */
    size_t host_queue_max;     /* look-ups of one host, waiting or running; beyond: TAG_NOT_NOW */
    /* host[:port] as in references, counted by name in the statistics; all others are one "other". */
    const char *const *metric_hosts;
    size_t metric_host_count; /* at most REGISTRY_METRIC_HOSTS_MAX are used */
};

/* Any thread. It lives until `outbound` is stopped, and outlives what was added to that after it. */
struct registry_client *registry_client_new(struct outbound *outbound,
                                            const struct registry_client_options *options);
/* The thread that it is asked on. */
struct outbound *registry_client_outbound(const struct registry_client *client);
/* Any thread; the counters are read one by one. */
void registry_client_stats(const struct registry_client *client, struct registry_stats *ret);
/* A source of struct metrics; `ctx` is the client. */
void registry_client_write_metrics(void *ctx, struct text *out);

/*
 * Never calls on_done before it has returned; calls it once, within
 * lookup_timeout_ms and a little. The look-up frees itself after that.
 */
struct registry_lookup *registry_client_look_up(struct registry_client *client,
                                                const struct registry_question *question,
                                                registry_lookup_done *on_done, void *ctx);
/* on_done will not be called. */
void registry_client_cancel(struct registry_lookup *lookup);

#endif
