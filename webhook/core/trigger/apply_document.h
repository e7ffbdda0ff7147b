/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_APPLY_DOCUMENT_H
#define WEIR_CORE_TRIGGER_APPLY_DOCUMENT_H

#include "core/trigger/moving_workload.h"

/*
 * What is sent by server-side apply: every field that the manager is to own, and
 * no other. With uid and resourceVersion, so that an object that was deleted
 * meanwhile is not made anew, and one that was changed is read again.
 */
enum { APPLY_DOCUMENT_MAX = 1 << 20 };

/* As weir-follow: weir.dev/refresh of the object and of the template; empty: not there. */
struct str apply_document_refresh(struct arena *arena, const struct moving_workload *workload,
                                  struct str refresh, struct str template_refresh);

/* As weir-trigger: of each position the image it shall have; empty: the container is not named. */
struct str apply_document_images(struct arena *arena, const struct moving_workload *workload,
                                 const struct str *images);

#endif
