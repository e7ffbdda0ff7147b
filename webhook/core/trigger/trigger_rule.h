/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_TRIGGER_RULE_H
#define WEIR_CORE_TRIGGER_TRIGGER_RULE_H

#include "core/trigger/movement_state.h"
#include "core/trigger/trigger_list.h"

/* Moving by a container's image, as image.openshift.io/triggers asks for. */

/* Which images are set; what is wrong with a trigger joins the problems. */
void trigger_rule_judge(struct movement_state *state, const struct trigger_list *triggers);
/* What is applied as weir-trigger, once all positions are judged. */
void trigger_rule_write(struct movement_state *state);

#endif
