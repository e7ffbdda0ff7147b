/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_PROBE_HANDLER_H
#define WEIR_EDGE_SERVER_PROBE_HANDLER_H

#include "base/error.h"
#include "edge/metrics/metrics.h"

struct http_server;

/*
 * One condition; `is_good` runs on the probes' thread and says in `err` what is
 * amiss. Where it is good, `err` may still say what a person should know.
 */
struct probe_check {
    const char *name;
    bool (*is_good)(void *ctx, struct error *err);
    void *ctx;
    bool for_liveness; /* /livez asks it as well: a restart would help */
};

struct probe_options {
    const struct probe_check *checks;
    size_t check_count;
    struct metrics *metrics;
};

/*
 * GET and HEAD of /livez, /readyz and /metrics. The first two say "ok", or 503
 * with a line a failed check; with ?verbose a line for every check.
 * `options` is borrowed for the server's life.
 */
void probe_handler_register(struct http_server *server, const struct probe_options *options);

#endif
