/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CONTROLLER_LEADER_LEASE_H
#define WEIR_ENGINE_CONTROLLER_LEADER_LEASE_H

#include "core/controller/lease.h"
#include "edge/kube/client.h"
#include "edge/log/log.h"

/*
 * One candidate's part in the election of a leader, by a Lease of
 * coordination.k8s.io/v1 that it reads and writes every few seconds. What
 * core/controller/lease decides is done here. Writes name the resourceVersion that was read.
 *
 * The outbound thread's alone, but for leader_lease_state().
 */
struct leader_lease_options {
    struct str namespace;
    struct str name;
    struct str identity; /* no two candidates have the same */
    struct lease_timing timing;
    uint64_t seed; /* of the jitter of those who wait */
    struct log *log;
};

/* From the outbound thread, outside of libcurl; not before leader_lease_start() has returned. */
struct leader_lease_events {
    void (*on_gained)(void *ctx);
    void (*on_lost)(void *ctx); /* at the latest `renew_ms` after the last renewal; not on release */
};

struct leader_lease_state {
    bool leading;
    int64_t heard_ms; /* monotonic_ms() of the last answer that said how things are; 0: never */
    uint64_t failures;
};

struct leader_lease;
/* Texts of `options` are borrowed. */
struct leader_lease *leader_lease_start(struct kube_client *client,
                                        const struct leader_lease_options *options,
                                        const struct leader_lease_events *events, void *ctx);
/* Before kube_client_free(). Gives nothing up. NULL is allowed. */
void leader_lease_stop(struct leader_lease *lease);

/* How long the leader may still act; 0: it must not. What it sends must have ended by then. */
int64_t leader_lease_left_ms(const struct leader_lease *lease);

/*
 * Ends the candidacy, and gives the lease up where it is held, so that another
 * need not wait. `on_released` is called once, also where that failed.
 */
void leader_lease_release(struct leader_lease *lease, void (*on_released)(void *ctx), void *ctx);

/* Any thread. */
struct leader_lease_state leader_lease_state(struct leader_lease *lease);

#endif
