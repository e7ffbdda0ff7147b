/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_DECIDE_CLUSTER_SOURCE_H
#define WEIR_CMD_DECIDE_CLUSTER_SOURCE_H

#include "cmd/line/options.h"
#include "edge/kube/config.h"

/* Where the objects that decide are from: files, or one cluster. */
enum object_source { SOURCE_NONE, SOURCE_FILES, SOURCE_CLUSTER };

/*
 * Of --objects, --kubeconfig, --context, --cluster and --plugin. ERROR_INVALID
 * where they do not go together.
 */
MUST_CHECK int cluster_source_find(const struct deciding_settings *settings, enum object_source *ret,
                                   struct error *err);

/* The API server of SOURCE_CLUSTER. */
MUST_CHECK int cluster_source_config(struct arena *arena, const struct deciding_settings *settings,
                                     struct kube_config *ret, struct error *err);

#endif
