/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_CLUSTER_PULL_SECRETS_H
#define WEIR_CORE_CLUSTER_PULL_SECRETS_H

#include "core/cluster/view.h"
#include "core/workload/object.h"

/*
 * The docker configs that serve the pulls of one object, as the kubelet finds
 * them: its imagePullSecrets where it names any, else its service account's
 * (serviceAccountName, or "default"). Secrets that are not there, or unusable,
 * are left out and named among the problems, which a person is told where a
 * registry then has no answer.
 */
struct pull_configs {
    const struct docker_config *const *items;
    size_t count;
    const struct str *problems; /* sentences: which secret, what is wrong, what to do */
    size_t problem_count;
    struct str namespace;
    const struct str *names; /* of the items */
    struct str account;      /* the service account that names them; empty: the object itself */
    struct str remedy;       /* a shell command that lets weir read what it may not; empty: none */
};

enum {
    PULL_SECRETS_MAX = 32
}; /* of one object: further names are not looked at, which is among the problems */

void pull_secrets_find(struct arena *arena, const struct cluster_view *view, struct str namespace,
                       const struct workload_object *object, struct pull_configs *ret);

/*
 * A sentence like those among the problems for the first secret whose entry for
 * the repository `image` holds neither user nor password; empty: there is none.
 */
struct str pull_secrets_blank(struct arena *arena, const struct pull_configs *configs, struct str image);

#endif
