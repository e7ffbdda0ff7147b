/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_DECIDE_QUESTION_ROUND_H
#define WEIR_CMD_DECIDE_QUESTION_ROUND_H

#include "core/admission/evaluate.h"
#include "core/cluster/pull_secrets.h"
#include "engine/resolver/tag_resolver.h"

/* Questions that are asked together; all of it is borrowed. */
struct question_round {
    struct tag_resolver *resolver;
    const struct pull_configs *configs; /* each question is asked with those credentials that serve it */
    const struct tag_question *questions;
    size_t count;
    int64_t deadline_ms; /* from now: the last answer is there by then */
};

/*
 * Asks all at the same time, and blocks until the last answer is there. `ret`
 * has an element for each question, in their order; its texts are the arena's.
 */
void question_round_ask(struct arena *arena, const struct question_round *round, struct tag_answer *ret);

#endif
