/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_WEBHOOK_PROCESS_H
#define WEIR_CMD_WEBHOOK_PROCESS_H

#include "cmd/decide/deciding.h"
#include "cmd/process/process.h"
#include "cmd/webhook/settings.h"
#include "edge/server/tls_identity.h"
#include "engine/admission/handler.h"
#include "engine/cluster/store.h"
#include "engine/object/files.h"

#include <stdatomic.h>

/* A running webhook: every part, in the order in which they start. Owned by the main thread. */
struct webhook_process {
    struct process frame;
    struct process_program program;
    struct probe_check checks[4];
    struct arena *arena;
    const struct webhook_settings *settings;
    struct registry_client_options registry;
    struct deciding_setup setup;
    struct tls_identity *identity;
    struct snapshot_slot *snapshots;
    struct object_watch *objects;  /* of files; NULL: of a cluster */
    struct kube_config kube;       /* of the cluster */
    struct cluster_store *cluster; /* NULL: of files */
    struct tag_resolver *resolver;
    struct admission_metrics *admissions; /* what the handler counts */
    size_t threads;
    size_t connections_max;  /* as far as file descriptors allow */
    size_t connections_peak; /* since memory was given back */
    struct admission_handler_options handler_options;
    struct admission_handler *handler;
    atomic_uint_fast64_t object_reloads;
    atomic_uint_fast64_t object_failures;
    atomic_uint_fast64_t certificate_reloads;
    atomic_uint_fast64_t certificate_failures;
};

/* Starts everything; ERROR_INVALID is about what the flags name. What has started is stopped on failure. */
MUST_CHECK int webhook_process_start(struct webhook_process *process, struct arena *arena,
                                     const struct webhook_settings *settings, struct error *err);
/* Serves until SIGTERM or SIGINT, then drains and stops. Returns an exit_code. */
int webhook_process_run(struct webhook_process *process);

#endif
