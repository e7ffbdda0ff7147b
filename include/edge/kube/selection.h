/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_SELECTION_H
#define WEIR_EDGE_KUBE_SELECTION_H

#include "base/text.h"
#include "edge/kube/resource.h"

/* Which objects, and how much of each: the same for a list and for a watch. */
struct kube_selection {
    const struct kube_resource *resource; /* outlives the list or watch */
    struct str namespace;                 /* empty: all */
    struct str label_selector;
    struct str field_selector;
    bool metadata_only; /* objects are PartialObjectMetadata */
};

/* The query and the Accept header of a list (`many`) or watch of the selection. */
void kube_selection_query(struct text *query, const struct kube_selection *selection);
struct str kube_selection_accept(const struct kube_selection *selection, bool many);
/* A copy whose texts are the arena's. */
struct kube_selection kube_selection_copy(struct arena *arena, const struct kube_selection *selection);

#endif
