/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_CLUSTER_VIEW_BUILD_H
#define WEIR_CORE_CLUSTER_VIEW_BUILD_H

#include "core/cluster/view.h"

/*
 * A view of objects that are all there. `seed` keys the tables' hash, so that names cannot be chosen to
 * collide.
 */
void view_build(struct arena *arena, const struct cluster_objects *objects, uint64_t seed,
                struct cluster_view *ret);

#endif
