/* SPDX-License-Identifier: Apache-2.0 */
#include "core/policy/sharing.h"

#include <string.h>

void policy_sharing_init(struct policy_sharing *sharing, struct arena *arena,
                         const struct policy_scope *scope)
{
    sharing->arena = arena;
    sharing->scope = *scope;
    sharing->count = 0;
    sharing->matches = ARENA_ARRAY(arena, scope->count, bool);
}

static const struct effective_policy *find_same(const struct policy_sharing *sharing)
{
    size_t size = sharing->scope.count * sizeof(*sharing->matches);

    for (size_t i = 0; i < sharing->count; i++) {
        if (size == 0 || memcmp(sharing->results[i].matches, sharing->matches, size) == 0)
            return sharing->results[i].policy;
    }
    return NULL;
}

const struct effective_policy *policy_sharing_find(struct policy_sharing *sharing, struct str namespace,
                                                   const struct namespace_object *object)
{
    struct policy_namespace alone = {.name = namespace, .object = object};
    const struct effective_policy *found;
    struct effective_policy *policy;

    for (size_t i = 0; i < sharing->scope.count; i++)
        sharing->matches[i] = effective_policy_applies(sharing->scope.policies[i], &alone);
    found = find_same(sharing);
    if (found || sharing->count == POLICY_SHARING_MAX)
        return found;
    policy = ARENA_NEW(sharing->arena, struct effective_policy);
    effective_policy_merge(sharing->arena, &sharing->scope, &alone, policy);
    sharing->results[sharing->count++] = (struct policy_sharing_result){sharing->matches, policy};
    sharing->matches = ARENA_ARRAY(sharing->arena, sharing->scope.count, bool);
    return policy;
}
