/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_RESOLVER_METRICS_H
#define WEIR_ENGINE_RESOLVER_METRICS_H

#include "base/text.h"
#include "engine/resolver/tag_resolver.h"

/*
 * About registries that are asked. `loop_hits`: questions that caches before the
 * resolver's own have answered.
 */
void resolver_metrics_write(struct tag_resolver *resolver, uint64_t loop_hits, struct text *out);

#endif
