/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_WEBHOOK_PROCESS_H
#define WEIR_CMD_WEBHOOK_PROCESS_H

#include "cmd/decide/deciding.h"
#include "cmd/webhook/settings.h"
#include "edge/log/library_output.h"
#include "edge/server/http_server.h"
#include "edge/server/probe_handler.h"
#include "edge/server/tls_identity.h"
#include "engine/admission/handler.h"
#include "engine/cluster/store.h"
#include "engine/object/files.h"

#include <stdatomic.h>

/* A running webhook: every part, in the order in which they start. Owned by the main thread. */
struct webhook_process {
    struct arena *arena;
    const struct webhook_settings *settings;
    struct log *log;
    struct library_output *library_output;
    struct deciding_setup setup;
    struct tls_identity *identity;
    struct snapshot_slot *snapshots;
    struct object_watch *objects;  /* of files; NULL: of a cluster */
    struct kube_config kube;       /* of the cluster */
    struct cluster_store *cluster; /* NULL: of files */
    struct outbound *outbound;     /* all that registries are asked; NULL: not started */
    struct registry_client *registry;
    struct tag_resolver *resolver;
    struct metrics *metrics;
    struct admission_metrics *admissions; /* what the handler counts */
    size_t threads;
    size_t connections_max; /* as far as file descriptors allow */
    struct admission_handler_options handler_options;
    struct admission_handler *handler;
    struct probe_check checks[4];
    struct probe_options probes;
    struct http_server *server;
    atomic_bool draining;
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
