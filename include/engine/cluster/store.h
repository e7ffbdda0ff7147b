/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_STORE_H
#define WEIR_ENGINE_CLUSTER_STORE_H

#include "edge/kube/config.h"
#include "engine/cluster/facts.h"
#include "engine/cluster/follower.h"

/*
 * The cluster's objects from its API server: lists and watches image streams,
 * policies and namespaces on a thread of its own, and publishes each change
 * into the slot within milliseconds; changes that come together are published
 * together. Nothing is published before all are listed. Once they were, what is
 * known stays in force whatever becomes of the API server.
 */
struct cluster_store;

struct cluster_store_options {
    const struct kube_config *config; /* and all it points to: outlives the store */
    struct snapshot_slot *slot;       /* freed before the store is */
    struct log *log;                  /* may be NULL */
    /*
     * Not empty: only what is in this namespace, with the rights that an account
     * has there. What is of the whole cluster (its policies, the Namespace) is
     * done without where it is not for us to read: see `absent` of the state.
     */
    struct str namespace;
    bool without_streams; /* policies and namespaces alone; streams count as absent */
    /* Each time that something is published, on the store's thread. NULL: nobody is told. */
    void (*on_published)(void *ctx);
    void *ctx; /* of on_published */
};

struct cluster_store_state {
    bool published; /* something is in force */
    struct cluster_follower_state resources[CLUSTER_RESOURCES];
    uint64_t publications;
    int64_t publication_ns; /* all of them together */
    int64_t publication_max_ns;
};

struct cluster_store *cluster_store_start(const struct cluster_store_options *options);
/* Ends the thread; what is published stays. */
void cluster_store_stop(struct cluster_store *store);
/* After cluster_store_stop(), and once no snapshot is held any more. NULL is allowed. */
void cluster_store_free(struct cluster_store *store);

/* What is asked for when it is needed; lives as long as the store. */
struct cluster_facts *cluster_store_facts(struct cluster_store *store);

/* Any thread. */
void cluster_store_state(struct cluster_store *store, struct cluster_store_state *ret);

/*
 * Blocks until something is published. At the first failure of the API server
 * it gives up, for commands that people wait for. Any thread.
 */
MUST_CHECK int cluster_store_wait(struct cluster_store *store, int64_t timeout_ms, struct error *err);

/*
 * A sentence about how the cluster is followed, for /readyz; true where
 * something is in force. It names what is waited for, or that what is in force
 * is from memory, and is empty where all is well.
 */
bool cluster_store_describe(struct cluster_store *store, struct error *ret);

#endif
