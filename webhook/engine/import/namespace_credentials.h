/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_NAMESPACE_CREDENTIALS_H
#define WEIR_ENGINE_IMPORT_NAMESPACE_CREDENTIALS_H

#include "base/linked_list.h"
#include "core/registry/credentials.h"
#include "edge/kube/client.h"

/*
 * The pull secrets of namespaces, for imports: all Secrets of the two docker
 * types, and which of them the namespace's ServiceAccount "default" names. Read
 * when they are needed, kept for a minute at most, never watched; those who need
 * the same namespace's share the requests. Only where a RoleBinding lets weir.
 * The outbound thread's alone.
 */
enum {
    NAMESPACE_CREDENTIALS_MS = 60000,
    NAMESPACE_SECRETS_MAX = 256, /* of one namespace; further ones are not looked at */
    SECRET_NAMES_MAX = 32,       /* that an annotation or the account names */
    CREDENTIALS_TRIED_MAX = 16,  /* for one image */
};

enum namespace_secrets_outcome {
    SECRETS_READ,
    SECRETS_FORBIDDEN, /* no RoleBinding lets weir: anonymous */
    SECRETS_FAILED,    /* the API server did not answer: nothing is known */
};

/* One Secret; texts are its namespace's. */
struct namespace_secret {
    struct str name;
    struct docker_config config;
    struct str problem; /* not empty: its content is unusable, and why */
    bool excluded;      /* openshift.io/image.excludeSecret: only where it is named */
};

/* What a namespace has; counted. */
struct namespace_secrets {
    enum namespace_secrets_outcome outcome;
    struct error err; /* of a failure */
    const struct namespace_secret *items;
    size_t count;
    const struct str *account_names; /* imagePullSecrets of the ServiceAccount */
    size_t account_count;
};

struct namespace_credentials;

/* One who waits; embedded in the asker's memory. Zero before use. */
struct credentials_waiter {
    struct linked_list link;
    /* `secrets` is held for the waiter, until namespace_credentials_release(). */
    void (*on_known)(struct credentials_waiter *waiter, const struct namespace_secrets *secrets);
};

struct namespace_credentials *namespace_credentials_new(struct kube_client *client);
/* Before kube_client_free(), once nobody waits or holds. NULL is allowed. */
void namespace_credentials_free(struct namespace_credentials *credentials);

/* Calls on_known once, perhaps before it returns. */
void namespace_credentials_get(struct namespace_credentials *credentials, struct str namespace,
                               struct credentials_waiter *waiter);
/* Where on_known has not been called yet: it will not be. */
void namespace_credentials_cancel(struct credentials_waiter *waiter);
void namespace_credentials_release(struct namespace_credentials *credentials,
                                   const struct namespace_secrets *secrets);

/*
 * What serves the repository, in the order in which it is tried: the Secrets that `named` names (between
 * commas), those of the ServiceAccount, all others. Returns how many of ret[CREDENTIALS_TRIED_MAX].
 */
size_t namespace_credentials_choose(const struct namespace_secrets *secrets, struct str named,
                                    struct str repository, const struct credential **ret);
/* A sentence about a Secret that `named` names and that is not there or unusable; empty: there is none. In
 * the arena. */
struct str namespace_credentials_problem(struct arena *arena, const struct namespace_secrets *secrets,
                                         struct str namespace, struct str named);

#endif
