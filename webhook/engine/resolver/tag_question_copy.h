/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_RESOLVER_TAG_QUESTION_COPY_H
#define WEIR_ENGINE_RESOLVER_TAG_QUESTION_COPY_H

#include "engine/resolver/answer_cache.h"

/*
 * A question with the credentials of its asker, in one allocation of its own.
 * Counted: an asker and the look-up it began share one; the count is the
 * outbound thread's. Wiped when it goes.
 */
struct tag_question_copy {
    struct answer_key key;
    bool fresh;
    int references;
    size_t size;
};

struct tag_question_copy *tag_question_copy_new(const struct tag_question *question,
                                                const struct credential *const *credentials, size_t count);
struct tag_question_copy *tag_question_copy_acquire(struct tag_question_copy *copy);
void tag_question_copy_release(struct tag_question_copy *copy);

#endif
