/* SPDX-License-Identifier: Apache-2.0 */
#include "core/policy/sharing.h"

#include <string.h>

void policy_sharing_init(struct policy_sharing *sharing, struct arena *arena, const struct cluster_view *view)
{
    sharing->arena = arena;
    sharing->view = view;
    sharing->count = 0;
    sharing->matches = ARENA_ARRAY(arena, view->cluster_policy_count, bool);
}

static void match_all(struct policy_sharing *sharing, struct str namespace,
                      const struct namespace_object *object)
{
    const struct cluster_view *view = sharing->view;
    struct label only = {STR("kubernetes.io/metadata.name"), namespace};
    const struct label *labels = object ? object->labels : &only;
    size_t count = object ? object->label_count : 1;

    for (size_t i = 0; i < view->cluster_policy_count; i++)
        sharing->matches[i] = label_selector_matches(&view->cluster_policies[i]->selector, labels, count);
}

static const struct effective_policy *find_same(const struct policy_sharing *sharing)
{
    size_t size = sharing->view->cluster_policy_count * sizeof(*sharing->matches);

    for (size_t i = 0; i < sharing->count; i++) {
        if (size == 0 || memcmp(sharing->results[i].matches, sharing->matches, size) == 0)
            return sharing->results[i].policy;
    }
    return NULL;
}

const struct effective_policy *policy_sharing_find(struct policy_sharing *sharing, struct str namespace,
                                                   const struct namespace_object *object)
{
    const struct effective_policy *found;
    struct effective_policy *policy;

    match_all(sharing, namespace, object);
    found = find_same(sharing);
    if (found || sharing->count == POLICY_SHARING_MAX)
        return found;
    policy = ARENA_NEW(sharing->arena, struct effective_policy);
    cluster_view_work_out(sharing->arena, sharing->view, namespace, object, NULL, 0, policy);
    sharing->results[sharing->count++] = (struct policy_sharing_result){sharing->matches, policy};
    sharing->matches = ARENA_ARRAY(sharing->arena, sharing->view->cluster_policy_count, bool);
    return policy;
}
