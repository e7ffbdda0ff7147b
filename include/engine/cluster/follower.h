/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_FOLLOWER_H
#define WEIR_ENGINE_CLUSTER_FOLLOWER_H

#include "edge/kube/watch.h"
#include "edge/log/log.h"
#include "engine/cluster/tables.h"

/*
 * Keeps the tables as one resource of the API server is. An object that does
 * not decode leaves its last good version in force, and is reported once for
 * each version. A policy of which no good version was seen is in the tables as
 * undecoded, so that decisions know what they lack. The outbound thread's alone.
 */
enum { CLUSTER_REFUSED_MAX = 1024 }; /* names that are remembered, of a resource */

/* For people, readiness and metrics. */
struct cluster_follower_state {
    bool synced;             /* all objects are in the tables */
    bool absent;             /* to be done without, and the API server does not have it, or not for us */
    bool connected;          /* a watch stands */
    int64_t disconnected_ms; /* since when, by monotonic_ms(); 0: connected, or never was */
    size_t objects;
    size_t refused; /* objects whose present version does not decode */
    uint64_t refusals;
    uint64_t lists;
    uint64_t changes;
    uint64_t failures;
    struct error err; /* the last failure, while it is not connected */
};

struct cluster_refused;

struct cluster_follower {
    enum cluster_resource resource;
    struct cluster_tables *tables;
    struct object_reader *reader;
    struct log *log;
    struct str namespace;         /* not empty: only what is there, and borrowed */
    void (*on_change)(void *ctx); /* the tables or the state changed: something to publish */
    void *ctx;
    struct kube_watch *watch;
    struct kube_call *call; /* where one object is all that there is to read */
    uint64_t mark;          /* of the present list */
    struct cluster_refused *refused;
    bool told; /* the failure is in the log */
    struct cluster_follower_state state;
};

/* The members up to `ctx` are the caller's to set; `seed` of the jitter. */
void cluster_follower_start(struct cluster_follower *follower, struct kube_client *client, uint64_t seed);
/* Before the client is freed. */
void cluster_follower_stop(struct cluster_follower *follower);
/* With the numbers as they are now. */
struct cluster_follower_state cluster_follower_state(const struct cluster_follower *follower);

#endif
