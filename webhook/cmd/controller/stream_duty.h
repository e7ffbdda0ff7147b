/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_CONTROLLER_STREAM_DUTY_H
#define WEIR_CMD_CONTROLLER_STREAM_DUTY_H

#include "cmd/controller/settings.h"
#include "engine/cluster/store.h"
#include "engine/import/importer.h"
#include "engine/trigger/mover.h"

#include <stdatomic.h>

/*
 * The controller's part that keeps image streams and moves workloads, with what both follow: streams,
 * policies and namespaces.
 */
struct stream_duty {
    const struct controller_settings *settings;
    const struct kube_config *config;
    struct outbound *outbound;
    struct registry_client *registry;
    struct log *log;
    struct str identity;
    struct image_platform platform;
    struct snapshot_slot *slot;
    struct cluster_store *store;
    struct outbound_job published; /* on its way to the outbound thread, where `posted` */
    atomic_bool posted;

    /* The outbound thread's. */
    struct stream_table *streams;
    struct importer *importer;
    struct mover *mover; /* NULL: no workload is moved */
};

/* "linux/arm64/v8"; NULL: linux, and this program's architecture. ERROR_INVALID names the flag. */
MUST_CHECK int stream_duty_parse_platform(const char *text, struct image_platform *ret, struct error *err);

/* The outbound thread's. The members up to `slot` are set. */
void stream_duty_begin(struct stream_duty *duty, struct arena *arena, struct kube_client *client);
void stream_duty_work(struct stream_duty *duty, const struct leader_lease *lease);
void stream_duty_rest(struct stream_duty *duty);
void stream_duty_end(struct stream_duty *duty);

/* The main thread's: policies are followed on a thread of their own. */
void stream_duty_start(struct stream_duty *duty);
void stream_duty_stop(struct stream_duty *duty);
/* NULL members are allowed. */
void stream_duty_release(struct stream_duty *duty);

/* A source of struct metrics; any thread. */
void stream_duty_write_metrics(void *ctx, struct text *out);

#endif
