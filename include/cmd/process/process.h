/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_PROCESS_PROCESS_H
#define WEIR_CMD_PROCESS_PROCESS_H

#include "edge/outbound/outbound.h"
#include "edge/registry/client.h"
#include "edge/server/http_server.h"
#include "edge/server/probe_handler.h"
#include "edge/system/rendezvous.h"

#include <stdatomic.h>

/*
 * What every long-running program of weir has: the log, library output in it,
 * signals, probes, metrics, one server, one outbound thread with a registry
 * client on it, the end of it all. A program fills in a process_program.
 */

/*
 * One program. The functions run in this order, on the main thread where they
 * do not say otherwise; all but `open` may be NULL. Everything is borrowed for
 * the life of the process.
 */
struct process_program {
    void *ctx; /* of the functions */
    /* Flags and files, before there are threads; says what to serve, but for the log. ERROR_INVALID: flags.
     */
    int (*open)(void *ctx, struct http_server_options *ret, struct error *err);
    const struct registry_client_options *registry; /* NULL: no registry is asked */
    void (*begin)(void *ctx);                       /* on the outbound thread, waited for */
    void (*start)(void *ctx); /* handlers, sources of metrics, threads of its own; then the server starts */
    /* For the probes; process_is_working and process_is_alive, with the process as ctx, are two of them. */
    const struct probe_check *checks;
    size_t check_count;
    void (*on_hangup)(void *ctx); /* SIGHUP */
    void (*on_second)(void *ctx); /* housekeeping, off the loops */
    int64_t drain_delay_ms;       /* after SIGTERM: of a server that takes more than probes */
    int64_t stop_ms;              /* for the drain and what is in flight then */
    void (*leave)(void *ctx);     /* SIGTERM has come; the server still serves */
    void (*stop)(void *ctx);      /* the server rests: ends the threads of its own */
    void (*end)(void *ctx);       /* on the outbound thread, when that stops; `begin` has run */
    void (*release)(void *ctx);   /* no thread is left; after a failed start, too */
};

/* A running process. Owned by the main thread, of static life: loops that had to be cut may still look at it.
 */
struct process {
    const struct process_program *program;
    struct log *log;            /* from `open` on */
    struct metrics *metrics;    /* the same */
    struct http_server *server; /* from `begin` on, as all below */
    struct outbound *outbound;
    struct registry_client *registry; /* NULL: none */

    struct library_output *library_output;
    struct probe_options probes;
    bool takes_requests; /* the server has more than probes */
    atomic_bool stopping;
    struct outbound_job job;
    struct rendezvous begun;
    struct timer beat;
    atomic_int_fast64_t beat_ms; /* when the outbound thread last turned */
};

/* Takes a zeroed one. What has started is stopped on failure. */
MUST_CHECK int process_start(struct process *process, const struct process_program *program,
                             struct error *err);
/* Works until SIGTERM or SIGINT, then stops everything. Returns an exit_code. */
int process_run(struct process *process);

/* Checks of probes; `ctx` is the process. */

/* It was not told to stop. */
bool process_is_working(void *ctx, struct error *err);
/* Server loops and the outbound thread turn; for liveness: where they do not, a restart would help. */
bool process_is_alive(void *ctx, struct error *err);

#endif
