/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_CONTROLLER_MOVING_DUTY_H
#define WEIR_CMD_CONTROLLER_MOVING_DUTY_H

#include "cmd/controller/settings.h"
#include "engine/cluster/store.h"
#include "engine/trigger/mover.h"

#include <stdatomic.h>

/* The controller's part that moves workloads, with what it follows: streams, policies and namespaces. */
struct moving_duty {
    const struct controller_settings *settings;
    const struct kube_config *config;
    struct outbound *outbound;
    struct log *log;
    struct str identity;
    struct snapshot_slot *slot;
    struct cluster_store *store;
    struct outbound_job published; /* on its way to the outbound thread, where `posted` */
    atomic_bool posted;

    /* The outbound thread's. */
    struct stream_table *streams;
    struct mover *mover;
};

/* The outbound thread's. The members up to `identity` are set. */
void moving_duty_begin(struct moving_duty *duty, struct arena *arena, struct kube_client *client);
void moving_duty_work(struct moving_duty *duty, const struct leader_lease *lease);
void moving_duty_rest(struct moving_duty *duty);
void moving_duty_end(struct moving_duty *duty);

/* The main thread's: the policies are followed on a thread of their own. */
void moving_duty_start(struct moving_duty *duty);
void moving_duty_stop(struct moving_duty *duty);
void moving_duty_release(struct moving_duty *duty);

/* A source of struct metrics; any thread. */
void moving_duty_write_metrics(void *ctx, struct text *out);

#endif
