/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_PATCH_RIGHTS_H
#define WEIR_ENGINE_TRIGGER_PATCH_RIGHTS_H

#include "core/trigger/moving_workload.h"
#include "edge/kube/client.h"
#include "edge/log/log.h"

/*
 * Asks the API server, by SelfSubjectAccessReviews, which kinds of workloads we
 * may patch, and tells of each that we may, once. What is denied is logged once
 * and asked for again each minute, so that a right that is given later counts.
 */
enum { PATCH_RIGHTS_AGAIN_MS = 60000 };

struct patch_rights;

/* `log` may be NULL. Calls back from the outbound thread, not before it has returned. */
struct patch_rights *patch_rights_ask(struct kube_client *client, struct log *log,
                                      void (*on_granted)(void *ctx, enum moving_kind kind), void *ctx);
/* NULL is allowed. */
void patch_rights_free(struct patch_rights *rights);

#endif
