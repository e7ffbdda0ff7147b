/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/selection.h"

void kube_selection_query(struct text *query, const struct kube_selection *selection)
{
    kube_resource_query(query, "labelSelector", selection->label_selector);
    kube_resource_query(query, "fieldSelector", selection->field_selector);
}

/* A server that knows no such form sends the objects themselves, which hold their metadata, too. */
struct str kube_selection_accept(const struct kube_selection *selection, bool many)
{
    if (!selection->metadata_only)
        return STR("application/json");
    return many ? STR("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json")
                : STR("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json");
}

struct kube_selection kube_selection_copy(struct arena *arena, const struct kube_selection *selection)
{
    struct kube_selection ret = *selection;

    ret.namespace = arena_str(arena, selection->namespace);
    ret.label_selector = arena_str(arena, selection->label_selector);
    ret.field_selector = arena_str(arena, selection->field_selector);
    return ret;
}
