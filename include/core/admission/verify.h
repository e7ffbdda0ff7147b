/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_ADMISSION_VERIFY_H
#define WEIR_CORE_ADMISSION_VERIFY_H

#include "core/admission/evaluate.h"

/*
 * The same decision for a validating webhook, which sees the object after all
 * mutators and may change nothing: where weir would still set an image or a
 * pull policy, another webhook has changed it after weir, and it is denied. What only
 * concerns the annotation is let through.
 */
void admission_verify(struct arena *arena, const struct admission_request *request,
                      struct admission_decision *decision);

#endif
