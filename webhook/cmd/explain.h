/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_EXPLAIN_H
#define WEIR_CMD_EXPLAIN_H

#include "core/admission/evaluate.h"

#include <stdio.h>

/* Why a decision is what it is, one paragraph a position, for people; `colour` for terminals. */
void explain_text(struct arena *arena, const struct admission_decision *decision, bool colour, FILE *out);

/*
 * The same as one line of JSON: a list with one row a position, of position,
 * written, stored, stream, tag, digest, origin, ageSeconds, credential,
 * pullPolicyBefore, pullPolicyAfter, policy, rule, note; null where there is
 * none. `origin` is recorded, registry, cache, intent or source.
 */
MUST_CHECK int explain_json(struct arena *arena, const struct admission_decision *decision, FILE *out,
                            struct error *err);

#endif
