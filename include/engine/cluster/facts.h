/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_FACTS_H
#define WEIR_ENGINE_CLUSTER_FACTS_H

#include "core/cluster/view.h"
#include "edge/kube/client.h"
#include "edge/log/log.h"

/*
 * Objects of the cluster that are not followed but asked for one by one, when
 * an admission needs them, and kept for a while: service accounts and pull
 * secrets, and when a Pod's revision was made. Those who ask for the same
 * thing at the same time share one request.
 */
enum fact_kind {
    FACT_SERVICE_ACCOUNT,
    FACT_PULL_SECRET,
    FACT_REPLICA_SET, /* these three: when it was made */
    FACT_JOB,
    FACT_CONTROLLER_REVISION,
    FACT_KINDS,
};

enum {
    FACT_GOOD_MS = 60000,       /* an account or secret is believed for so long */
    FACT_BAD_MS = 10000,        /* that it is not there, or not for us */
    FACT_FAILED_MS = 2000,      /* that the API server did not answer */
    FACT_CREATED_MS = 86400000, /* when something was made does not change */
    FACT_TIMEOUT_MS = 3000,     /* of one request */
    FACTS_MAX = 8192,
};

/* What the owner of a namespace does so that its pull secrets may be read; takes STR_ARG(namespace). */
#define PULL_SECRETS_COMMAND                                                                                 \
    "kubectl create rolebinding weir-pull-secrets -n " STR_FMT " --clusterrole=weir-pull-secrets "           \
    "--serviceaccount=weir-system:weir-webhook --serviceaccount=weir-system:weir-controller"

struct fact_name {
    enum fact_kind kind;
    struct str namespace;
    struct str name;
    struct str uid; /* the object must have it; empty: any */
};

enum fact_outcome { FACT_FOUND, FACT_ABSENT, FACT_FORBIDDEN, FACT_FAILED };

struct fact {
    enum fact_outcome outcome;
    struct service_account account;
    struct pull_secret secret;
    int64_t created; /* seconds since the epoch */
};

struct cluster_facts;

struct cluster_facts *cluster_facts_new(struct outbound *outbound, struct log *log);
/* On the outbound thread, before anything is asked for, and as the client's end begins: waiters are told. */
void cluster_facts_begin(struct cluster_facts *facts, struct kube_client *client);
void cluster_facts_end(struct cluster_facts *facts);
void cluster_facts_free(struct cluster_facts *facts);
struct outbound *cluster_facts_outbound(struct cluster_facts *facts);

/*
 * What is known, copied into the arena; false: nothing. `old`: what is no
 * longer to be believed will do. Any thread.
 */
bool cluster_facts_find(struct cluster_facts *facts, struct arena *arena, const struct fact_name *name,
                        bool old, struct fact *ret);

/* The outbound thread's: calls back once it is known, perhaps at once; the outcome may be a failure. */
struct fact_waiter {
    void (*on_known)(struct fact_waiter *waiter);
    struct fact_waiter *next;
};
void cluster_facts_get(struct cluster_facts *facts, const struct fact_name *name, struct fact_waiter *waiter);

/* How often was asked, by outcome. Any thread. */
void cluster_facts_counts(struct cluster_facts *facts, uint64_t ret[FACT_FAILED + 1]);

#endif
