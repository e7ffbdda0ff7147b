/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_DECIDE_QUESTION_ROUND_H
#define WEIR_CMD_DECIDE_QUESTION_ROUND_H

#include "core/admission/evaluate.h"
#include "core/cluster/pull_secrets.h"
#include "engine/resolver/tag_resolver.h"

/*
 * Asks all `questions` at the same time, each with the credentials of `configs`
 * that serve it, and blocks until the last answer is there: by `deadline_ms`
 * from now. `ret` has an element for each question, in their order; its texts
 * are the arena's.
 */
void question_round_ask(struct arena *arena, struct tag_resolver *resolver,
                        const struct pull_configs *configs, const struct tag_question *questions,
                        size_t count, int64_t deadline_ms, struct tag_answer *ret);

#endif
