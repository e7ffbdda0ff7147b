/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/question_round.h"

#include "core/cluster/pull_secrets.h"
#include "core/image/reference.h"

#include <pthread.h>

enum { ROUND_CREDENTIALS_MAX = 64 }; /* tried for one image */

/* While answers are out, the arena is theirs: under the mutex, on the resolver's thread. */
struct waiting {
    struct arena *arena;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    size_t open;
};

struct slot {
    struct waiting *waiting;
    const struct tag_question *question;
    const struct credential **credentials;
    size_t credential_count;
    struct tag_answer *ret;
};

static void on_answer(void *ctx, const struct tag_answer *answer)
{
    struct slot *slot = ctx;
    struct waiting *waiting = slot->waiting;

    pthread_mutex_lock(&waiting->mutex);
    *slot->ret = tag_answer_copy(waiting->arena, answer);
    slot->ret->reference = slot->question->reference;
    waiting->open--;
    pthread_cond_signal(&waiting->answered);
    pthread_mutex_unlock(&waiting->mutex);
}

static void find_credentials(struct arena *arena, const struct pull_configs *configs, struct slot *slot)
{
    struct image_reference ref;
    struct error err;

    slot->credentials = ARENA_ARRAY(arena, ROUND_CREDENTIALS_MAX, const struct credential *);
    if (image_reference_parse(slot->question->reference, &ref, &err) < 0)
        return;
    slot->credential_count =
        credentials_for_image(configs->items, configs->count, image_reference_repository(arena, &ref),
                              slot->credentials, ROUND_CREDENTIALS_MAX);
    if (slot->credential_count > ROUND_CREDENTIALS_MAX)
        slot->credential_count = ROUND_CREDENTIALS_MAX;
}

static void wait_for_all(struct waiting *waiting)
{
    pthread_mutex_lock(&waiting->mutex);
    while (waiting->open > 0)
        pthread_cond_wait(&waiting->answered, &waiting->mutex);
    pthread_mutex_unlock(&waiting->mutex);
}

void question_round_ask(struct arena *arena, const struct question_round *round, struct tag_answer *ret)
{
    struct slot *slots = ARENA_ARRAY(arena, round->count, struct slot);
    struct waiting waiting = {.arena = arena, .open = round->count};

    for (size_t i = 0; i < round->count; i++) {
        slots[i] = (struct slot){.waiting = &waiting, .question = &round->questions[i], .ret = &ret[i]};
        find_credentials(arena, round->configs, &slots[i]);
    }
    pthread_mutex_init(&waiting.mutex, NULL);
    pthread_cond_init(&waiting.answered, NULL);
    for (size_t i = 0; i < round->count; i++) {
        const struct tag_lookup lookup = {slots[i].question, slots[i].credentials, slots[i].credential_count,
                                          round->deadline_ms};

        tag_resolver_ask(round->resolver, &lookup, on_answer, &slots[i]);
    }
    wait_for_all(&waiting);
    pthread_cond_destroy(&waiting.answered);
    pthread_mutex_destroy(&waiting.mutex);
}
