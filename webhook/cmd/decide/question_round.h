/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_DECIDE_QUESTION_ROUND_H
#define WEIR_CMD_DECIDE_QUESTION_ROUND_H

#include "engine/admission/turn.h"
#include "engine/resolver/tag_resolver.h"

/*
 * Asks what the turn misses, all at the same time, and blocks until the last
 * answer is there, `deadline_ms` from now at the latest. The turn has them then,
 * in the order of its questions.
 */
void question_round_ask(struct tag_resolver *resolver, int64_t deadline_ms, struct admission_turn *turn);

#endif
