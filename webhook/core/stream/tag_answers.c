/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/tag_answers.h"

struct tag_answer tag_answer_copy(struct arena *arena, const struct tag_answer *answer)
{
    struct tag_answer ret = *answer;

    ret.reference = arena_str(arena, answer->reference);
    ret.digest = arena_str(arena, answer->digest);
    ret.cause = arena_str(arena, answer->cause);
    ret.credential = arena_str(arena, answer->credential);
    ret.confirmed_digest = arena_str(arena, answer->confirmed_digest);
    return ret;
}

const struct tag_answer *tag_answers_find(const struct tag_answers *answers, struct str reference)
{
    for (size_t i = 0; i < answers->count; i++) {
        if (str_equal(answers->items[i].reference, reference))
            return &answers->items[i];
    }
    return NULL;
}
