/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_QUESTION_ROUND_H
#define WEIR_CMD_QUESTION_ROUND_H

#include "core/admission.h"
#include "edge/tag_resolver.h"

/*
 * Asks all `questions` at the same time, each with the pull credentials of the
 * request's object, and blocks until the last answer is there: by `deadline_ms`
 * from now. `ret` has an element for each question, in their order; its texts
 * are the arena's.
 */
void question_round_ask(struct arena *arena, struct tag_resolver *resolver, const struct cluster_view *view,
                        const struct admission_request *request, const struct tag_question *questions,
                        size_t count, int64_t deadline_ms, struct tag_answer *ret);

#endif
