/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver/tag_question_copy.h"

#include "base/memory.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static size_t size_of(const struct tag_question *question, const struct credential *const *credentials,
                      size_t count)
{
    size_t size = sizeof(struct tag_question_copy) + question->reference.len;

    for (size_t i = 0; i < count; i++)
        size += sizeof(struct credential *) + sizeof(struct credential) + credentials[i]->username.len +
                credentials[i]->password.len + credentials[i]->origin.len;
    return size;
}

struct tag_question_copy *tag_question_copy_new(const struct tag_question *question,
                                                const struct credential *const *credentials, size_t count)
{
    size_t size = size_of(question, credentials, count);
    struct tag_question_copy *copy = memory_zeroed(1, size);
    const struct credential **list;
    struct credential *copies;
    char *at;

    list = (const struct credential **)(copy + 1);
    copies = (struct credential *)(list + count);
    at = (char *)(copies + count);
    for (size_t i = 0; i < count; i++) {
        copies[i].username = str_put(&at, credentials[i]->username);
        copies[i].password = str_put(&at, credentials[i]->password);
        copies[i].origin = str_put(&at, credentials[i]->origin);
        list[i] = &copies[i];
    }
    copy->key = answer_cache_key(str_put(&at, question->reference), list, count);
    copy->fresh = question->fresh;
    copy->references = 1;
    copy->size = size;
    return copy;
}

struct tag_question_copy *tag_question_copy_acquire(struct tag_question_copy *copy)
{
    copy->references++;
    return copy;
}

void tag_question_copy_release(struct tag_question_copy *copy)
{
    if (--copy->references > 0)
        return;
    OPENSSL_cleanse(copy, copy->size);
    free(copy);
}
