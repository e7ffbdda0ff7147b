/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_ADMISSION_TRIGGER_WARNING_H
#define WEIR_CORE_ADMISSION_TRIGGER_WARNING_H

#include "core/admission/state.h"

/*
 * Warns of what is wrong with the annotation image.openshift.io/triggers, where it came new or changed, and
 * its author can still be told. Of the kinds that triggers move; others may have it.
 */
void trigger_warning_note(struct evaluation *e);

#endif
