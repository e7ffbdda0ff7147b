/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_CONTROLLER_PROCESS_H
#define WEIR_CMD_CONTROLLER_PROCESS_H

#include "cmd/controller/settings.h"
#include "cmd/controller/stream_duty.h"
#include "cmd/process/process.h"
#include "edge/system/rendezvous.h"
#include "engine/controller/leader_lease.h"
#include "engine/controller/serving_identity.h"

/*
 * A running controller. The main thread waits for signals; the outbound thread
 * does all the work; one server loop answers probes.
 */
struct controller_process {
    struct process frame;
    struct process_program program;
    struct probe_check checks[3];
    struct arena *arena;
    const struct controller_settings *settings;
    struct kube_config config;
    struct str namespace;
    struct str identity; /* of the candidate */
    struct serving_identity_options duty;
    struct registry_client_options registry;
    struct stream_duty streams;
    struct outbound_job job;
    struct rendezvous released; /* the lease is */

    /* The outbound thread's, made before the probes are served. */
    struct kube_client *client;
    struct leader_lease *lease;
    struct serving_identity *serving;
};

/* ERROR_INVALID is about what the flags name. What has started is stopped on failure. */
MUST_CHECK int controller_process_start(struct controller_process *process, struct arena *arena,
                                        const struct controller_settings *settings, struct error *err);
/* Works until SIGTERM or SIGINT, then gives the lease up. Returns an exit_code. */
int controller_process_run(struct controller_process *process);

#endif
