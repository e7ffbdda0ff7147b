/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/decide/question_round.h"

#include <pthread.h>

/* While answers are out, the arena is theirs: under the mutex, on the resolver's thread. */
struct waiting {
    struct arena *arena;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    size_t open;
};

struct slot {
    struct waiting *waiting;
    struct tag_answer answer;
};

static void on_answer(void *ctx, const struct tag_answer *answer)
{
    struct slot *slot = ctx;
    struct waiting *waiting = slot->waiting;

    pthread_mutex_lock(&waiting->mutex);
    slot->answer = tag_answer_copy(waiting->arena, answer);
    waiting->open--;
    pthread_cond_signal(&waiting->answered);
    pthread_mutex_unlock(&waiting->mutex);
}

static void wait_for_all(struct waiting *waiting)
{
    pthread_mutex_lock(&waiting->mutex);
    while (waiting->open > 0)
        pthread_cond_wait(&waiting->answered, &waiting->mutex);
    pthread_mutex_unlock(&waiting->mutex);
}

void question_round_ask(struct tag_resolver *resolver, int64_t deadline_ms, struct admission_turn *turn)
{
    size_t count = turn->missing_count;
    struct slot *slots = ARENA_ARRAY(turn->arena, count, struct slot);
    struct waiting waiting = {.arena = turn->arena, .open = count};

    pthread_mutex_init(&waiting.mutex, NULL);
    pthread_cond_init(&waiting.answered, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct turn_question *asked = &turn->missing[i];
        const struct tag_lookup lookup = {asked->question, asked->credentials, asked->credential_count,
                                          deadline_ms};
        slots[i].waiting = &waiting;
        tag_resolver_ask(resolver, &lookup, on_answer, &slots[i]);
    }
    wait_for_all(&waiting);
    pthread_cond_destroy(&waiting.answered);
    pthread_mutex_destroy(&waiting.mutex);
    for (size_t i = 0; i < count; i++) {
        slots[i].answer.reference = turn->missing[i].question->reference;
        admission_turn_add(turn, &slots[i].answer);
    }
}
