/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_POLICY_SHARING_H
#define WEIR_CORE_POLICY_SHARING_H

#include "core/policy/effective_policy.h"

/*
 * Most namespaces of a cluster have no policy of their own and are matched by
 * the same few cluster policies: those share one effective policy. Holds while
 * the cluster policies do.
 */
enum { POLICY_SHARING_MAX = 32 };

struct policy_sharing_result {
    bool *matches; /* of each cluster policy */
    const struct effective_policy *policy;
};

struct policy_sharing {
    struct arena *arena; /* of the results */
    struct policy_scope scope;
    struct policy_sharing_result results[POLICY_SHARING_MAX];
    size_t count;
    bool *matches; /* of the namespace that is looked at */
};

void policy_sharing_init(struct policy_sharing *sharing, struct arena *arena,
                         const struct policy_scope *scope);
/*
 * The effective policy of a namespace without own policies, worked out where
 * no other one like it has been before. NULL: there are too many to share.
 */
const struct effective_policy *policy_sharing_find(struct policy_sharing *sharing, struct str namespace,
                                                   const struct namespace_object *object);

#endif
