/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/tag_answers.h"

struct tag_answer tag_answer_copy(struct arena *arena, const struct tag_answer *answer)
{
    struct tag_answer ret = *answer;
    char *at = arena_alloc(arena, answer->reference.len + answer->digest.len + answer->cause.len +
                                      answer->credential.len + answer->confirmed_digest.len);

    ret.reference = str_put(&at, answer->reference);
    ret.digest = str_put(&at, answer->digest);
    ret.cause = str_put(&at, answer->cause);
    ret.credential = str_put(&at, answer->credential);
    ret.confirmed_digest = str_put(&at, answer->confirmed_digest);
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

const struct tag_answer *tag_answers_find_from(const struct tag_answers *answers, struct str reference,
                                               size_t *from)
{
    if (answers->sorted)
        return find_sorted(answers, reference);
    for (size_t tried = 0; tried < answers->count; tried++) {
        const struct tag_answer *answer = &answers->items[*from < answers->count ? *from : 0];

        *from = (size_t)(answer - answers->items) + 1;
        if (str_equal(answer->reference, reference))
            return answer;
    }
    return answers->before ? tag_answers_find(answers->before, reference) : NULL;
}

const struct tag_answer *tag_answers_find(const struct tag_answers *answers, struct str reference)
{
    size_t from = 0;

    return tag_answers_find_from(answers, reference, &from);
}
