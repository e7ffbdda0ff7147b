/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CONTROLLER_SERVING_IDENTITY_H
#define WEIR_ENGINE_CONTROLLER_SERVING_IDENTITY_H

#include "edge/kube/client.h"
#include "engine/controller/identity_state.h"
#include "engine/controller/leader_lease.h"
#include "engine/controller/webhook_configuration.h"

/*
 * The leader's duty to the webhook's certificate: reads both Secrets and the
 * webhook configurations every `check_ms`, asks core/controller/certificate_rotation what
 * is next, does it, and looks again. What another client deletes or edits is thus
 * put right within `check_ms`. Nothing is watched: four small reads every few
 * seconds, by the leader alone, need no right to list or watch Secrets.
 *
 * Each write holds for the version that was read only, and is sent only while
 * the lease is held, with a time-out that ends before the lease does.
 *
 * The outbound thread's alone, but for serving_identity_stats().
 */
enum { IDENTITY_CONFIGURATIONS_MAX = 16 };

struct webhook_configuration_name {
    struct str name;
    bool validating;
};

/* Texts and arrays are borrowed. */
struct serving_identity_options {
    struct str namespace;
    struct str secret_names[IDENTITY_SECRET_COUNT];
    struct webhook_service service;
    struct server_names names; /* of the leaf */
    struct webhook_configuration_name configurations[IDENTITY_CONFIGURATIONS_MAX];
    size_t configuration_count;
    struct identity_lifetimes lifetimes;
    int64_t grace_ms;
    int64_t check_ms;
    struct log *log;
};

struct serving_identity_stats {
    int64_t ca_not_after; /* seconds since the epoch; 0: not known to this replica, or none */
    int64_t leaf_not_after;
    uint64_t ca_rotations;
    uint64_t leaf_rotations;
    uint64_t bundles_written;
    uint64_t failures;
    int64_t settled_ms; /* monotonic_ms() when nothing was left to do; 0: never */
};

struct serving_identity;
struct serving_identity *serving_identity_new(struct kube_client *client,
                                              const struct serving_identity_options *options);
/* Before kube_client_free(). NULL is allowed. */
void serving_identity_free(struct serving_identity *identity);

/* The lease was gained: works until it is told to rest. */
void serving_identity_work(struct serving_identity *identity, const struct leader_lease *lease);
/* What is under way is cancelled; nothing is sent any more. */
void serving_identity_rest(struct serving_identity *identity);

/* Any thread. */
struct serving_identity_stats serving_identity_stats(struct serving_identity *identity);

#endif
