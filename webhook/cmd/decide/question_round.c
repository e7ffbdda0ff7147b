/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/question_round.h"

#include "core/cluster/pull_secrets.h"
#include "core/image/reference.h"

#include <pthread.h>

enum { ROUND_CREDENTIALS_MAX = 64 }; /* tried for one image */

/* While answers are out, the arena is theirs: under the mutex, on the resolver's thread. */
struct round {
    struct arena *arena;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    size_t open;
};

struct round_slot {
    struct round *round;
    const struct tag_question *question;
    const struct credential **credentials;
    size_t credential_count;
    struct tag_answer *ret;
};

static void on_answer(void *ctx, const struct tag_answer *answer)
{
    struct round_slot *slot = ctx;
    struct round *round = slot->round;

    pthread_mutex_lock(&round->mutex);
    *slot->ret = tag_answer_copy(round->arena, answer);
    slot->ret->reference = slot->question->reference;
    round->open--;
    pthread_cond_signal(&round->answered);
    pthread_mutex_unlock(&round->mutex);
}

static void find_credentials(struct arena *arena, const struct pull_configs *configs, struct round_slot *slot)
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

static void wait_for_all(struct round *round)
{
    pthread_mutex_lock(&round->mutex);
    while (round->open > 0)
        pthread_cond_wait(&round->answered, &round->mutex);
    pthread_mutex_unlock(&round->mutex);
}

void question_round_ask(struct arena *arena, struct tag_resolver *resolver,
                        const struct pull_configs *configs, const struct tag_question *questions,
                        size_t count, int64_t deadline_ms, struct tag_answer *ret)
{
    struct round_slot *slots = ARENA_ARRAY(arena, count, struct round_slot);
    struct round round = {.arena = arena, .open = count};

    for (size_t i = 0; i < count; i++) {
        slots[i] = (struct round_slot){.round = &round, .question = &questions[i], .ret = &ret[i]};
        find_credentials(arena, configs, &slots[i]);
    }
    pthread_mutex_init(&round.mutex, NULL);
    pthread_cond_init(&round.answered, NULL);
    for (size_t i = 0; i < count; i++)
        tag_resolver_ask(resolver, &questions[i], slots[i].credentials, slots[i].credential_count,
                         deadline_ms, on_answer, &slots[i]);
    wait_for_all(&round);
    pthread_cond_destroy(&round.answered);
    pthread_mutex_destroy(&round.mutex);
}
