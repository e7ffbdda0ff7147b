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

static const struct tag_answer *find_sorted(const struct tag_answers *answers, struct str reference)
{
    size_t low = 0;
    size_t high = answers->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(answers->items[middle].reference, reference);

        if (order == 0)
            return &answers->items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct tag_answer *tag_answers_find(const struct tag_answers *answers, struct str reference)
{
    if (answers->sorted)
        return find_sorted(answers, reference);
    for (size_t i = 0; i < answers->count; i++) {
        if (str_equal(answers->items[i].reference, reference))
            return &answers->items[i];
    }
    return answers->before ? tag_answers_find(answers->before, reference) : NULL;
}
