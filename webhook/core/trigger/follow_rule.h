/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_FOLLOW_RULE_H
#define WEIR_CORE_TRIGGER_FOLLOW_RULE_H

#include "core/trigger/movement_state.h"

/* Moving by weir.dev/refresh. */

/* What each position's author wrote, and which tag that names. */
void follow_rule_read_words(struct movement_state *state);
/* Which positions are to be refreshed, of a workload that follows. */
void follow_rule_judge(struct movement_state *state);
/* One position is refreshed, where it holds another image than the tag's newest event. */
void follow_rule_judge_position(struct movement_state *state, size_t index);
/* What is applied as weir-follow, once all positions are judged. */
void follow_rule_write(struct movement_state *state);

#endif
