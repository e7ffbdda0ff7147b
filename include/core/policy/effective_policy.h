/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_POLICY_EFFECTIVE_POLICY_H
#define WEIR_CORE_POLICY_EFFECTIVE_POLICY_H

#include "core/object/cluster_objects.h"

/*
 * What holds in one namespace: every field set, rules in the order in which
 * they are tried (semantics §6). Borrows from the policies.
 */
struct effective_policy {
    struct policy_fields fields;
    const struct pull_rule *const *rules;
    size_t rule_count;
    struct str names;           /* of the policies that set something, joined by commas */
    const struct str *warnings; /* what was not applied, and why, as sentences */
    size_t warning_count;
    bool incomplete; /* a policy that counts, or may count, is not applied, since it does not decode */
};

/* What holds where there is no policy. */
extern const struct policy_fields effective_policy_defaults;

/* What the cluster brings to the policy of each namespace. */
struct policy_scope {
    const struct stream_policy *const *policies; /* ClusterStreamPolicies, sorted by name */
    size_t count;
    bool (*is_shared)(const void *ctx, struct str namespace); /* the label weir.dev/shared: "true" */
    const void *ctx;
};

/* The namespace whose policy is worked out. */
struct policy_namespace {
    struct str name;
    const struct namespace_object *object;  /* NULL: unknown, it has only kubernetes.io/metadata.name */
    const struct stream_policy *const *own; /* its StreamPolicies, sorted by name */
    size_t own_count;
};

/* Whether a cluster policy's namespaceSelector chooses the namespace. */
bool effective_policy_applies(const struct stream_policy *policy, const struct policy_namespace *namespace);

void effective_policy_merge(struct arena *arena, const struct policy_scope *scope,
                            const struct policy_namespace *namespace, struct effective_policy *ret);

#endif
