/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_METRICS_H
#define WEIR_ENGINE_CLUSTER_METRICS_H

#include "base/text.h"
#include "engine/cluster/store.h"

/* About the cluster that is followed: a source of struct metrics; `ctx` is the store. */
void cluster_metrics_write(void *ctx, struct text *out);

#endif
