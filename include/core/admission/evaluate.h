/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_ADMISSION_EVALUATE_H
#define WEIR_CORE_ADMISSION_EVALUATE_H

#include "core/admission/decision.h"
#include "core/cluster/view.h"

/*
 * Admission: the one decision this program exists to make (docs/SEMANTICS.md).
 *
 * Pure: the same arguments give the same decision. Everything returned is
 * allocated from `arena` or borrowed from the arguments.
 */

/*
 * Never asks twice for the same reference: once `answers` holds one for it, or is
 * closed, the policy decides.
 */
struct admission_decision admission_evaluate(struct arena *arena, const struct cluster_view *view,
                                             const struct admission_options *options,
                                             const struct admission_request *request,
                                             const struct tag_answers *answers);

/*
 * Goes on with an evaluation that needed more answers, as if it were evaluated anew with these: without
 * pairing and looking up once more what answers have no part in. Its arguments must still be there.
 */
struct admission_decision admission_evaluate_resume(struct evaluation *pending,
                                                    const struct tag_answers *answers);

#endif
