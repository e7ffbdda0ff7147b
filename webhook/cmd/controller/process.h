/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_CONTROLLER_PROCESS_H
#define WEIR_CMD_CONTROLLER_PROCESS_H

#include "cmd/controller/settings.h"
#include "edge/log/library_output.h"
#include "edge/server/http_server.h"
#include "edge/server/probe_handler.h"
#include "edge/system/rendezvous.h"
#include "engine/controller/leader_lease.h"
#include "engine/controller/serving_identity.h"

#include <stdatomic.h>

/*
 * A running controller. The main thread waits for signals; the outbound thread
 * does all the work; one server loop answers probes.
 */
struct controller_process {
    struct arena *arena;
    const struct controller_settings *settings;
    struct log *log;
    struct library_output *library_output;
    struct kube_config config;
    struct str namespace;
    struct str identity; /* of the candidate */
    struct serving_identity_options duty;
    struct metrics *metrics;
    struct probe_check checks[3];
    struct probe_options probes;
    struct http_server *server;
    atomic_bool stopping;

    /* The outbound thread's, made before the probes are served. */
    struct outbound *outbound;
    struct outbound_job job;
    struct rendezvous done; /* jobs that are */
    struct kube_client *client;
    struct leader_lease *lease;
    struct serving_identity *serving;
    struct timer beat;
    atomic_int_fast64_t beat_ms; /* when the thread last turned */
};

/* ERROR_INVALID is about what the flags name. What has started is stopped on failure. */
MUST_CHECK int controller_process_start(struct controller_process *process, struct arena *arena,
                                        const struct controller_settings *settings, struct error *err);
/* Works until SIGTERM or SIGINT, then gives the lease up. Returns an exit_code. */
int controller_process_run(struct controller_process *process);

#endif
