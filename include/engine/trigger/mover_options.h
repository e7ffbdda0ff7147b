/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_MOVER_OPTIONS_H
#define WEIR_ENGINE_TRIGGER_MOVER_OPTIONS_H

#include "engine/cluster/snapshot.h"
#include "engine/import/stream_table.h"

/* What moving workloads needs. */

/* All is borrowed for the mover's life. */
struct mover_options {
    struct kube_client *client;
    struct stream_table *streams;
    /* A tag of a registry is to be checked: a workload has a newer digest of it, perhaps. May be NULL. */
    void (*on_unconfirmed)(void *ctx, struct str repository, struct str tag);
    void *ctx;
    struct snapshot_slot *policies; /* policies and namespaces; nothing in it yet: nothing is moved */
    const struct str *registry_hosts;
    size_t registry_host_count;
    int64_t pause_ms;          /* between two writes to one workload */
    int64_t rollouts_a_minute; /* of all workloads; above 0 */
    struct str identity;       /* of this process, in Events */
    struct log *log;
};

#endif
