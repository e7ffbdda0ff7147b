/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_POLICY_PULL_POLICY_H
#define WEIR_CORE_POLICY_PULL_POLICY_H

#include "core/image/reference.h"
#include "core/policy/effective_policy.h"

/* Which pull policy a container may have (semantics §8). */

/* What the API server makes of an absent policy: Always for :latest and for neither tag nor digest. */
enum pull_policy pull_policy_default(struct str image);

/* "nginx" and "docker.io/library/nginx" are equal; with a wildcard either form may match. */
bool pull_policy_image_matches(struct arena *arena, struct str pattern, const struct image_reference *image);

/*
 * The first rule that matches, or NULL. `image` as it will be stored, a
 * reference that parses; `pinned` whether it has a digest; `container` one of
 * the CONTAINERS_ bits.
 */
const struct pull_rule *pull_policy_find_rule(struct arena *arena, const struct effective_policy *policy,
                                              struct str image, bool pinned, unsigned container);
bool pull_policy_allows(const struct pull_rule *rule, enum pull_policy policy);

#endif
