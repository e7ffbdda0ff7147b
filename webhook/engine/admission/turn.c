/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/turn.h"

#include "core/admission/verify.h"
#include "core/image/reference.h"

#include <assert.h>
#include <string.h>

int admission_turn_begin(struct admission_turn *turn, struct arena *arena, const struct turn_input *input,
                         struct error *err)
{
    /* Member by member: the request and the decision are large, and written whole. */
    turn->arena = arena;
    turn->snapshot = input->snapshot;
    turn->answers = NULL;
    turn->answer_count = turn->answer_size = 0;
    turn->verify = turn->closed = false;
    turn->configs = (struct pull_configs){.count = 0};
    turn->configs_found = turn->configs_asked = turn->revision_asked = false;
    turn->facts = input->facts;
    turn->revision = input->facts ? REVISION_ASKABLE : REVISION_UNKNOWN;
    turn->revision_time = 0;
    turn->decision.pending = NULL;
    return admission_review_decode(arena, input->table, input->body, &turn->request, err);
}

enum admission_outcome admission_turn_decide(struct admission_turn *turn,
                                             const struct admission_options *options, int64_t now)
{
    const struct tag_answers answers = {.items = turn->answers,
                                        .count = turn->answer_count,
                                        .closed = turn->closed,
                                        .now = now,
                                        .revision = turn->revision,
                                        .revision_time = turn->revision_time,
                                        .pulls = turn->configs_found ? &turn->configs : NULL};

    turn->decision = turn->decision.pending ? admission_evaluate_resume(turn->decision.pending, &answers)
                                            : admission_evaluate(turn->arena, &turn->snapshot->view, options,
                                                                 &turn->request, &answers);
    assert(!turn->closed || turn->decision.outcome != ADMISSION_NEEDS_RESOLUTION);
    if (turn->verify)
        admission_verify(turn->arena, &turn->request, &turn->decision);
    return turn->decision.outcome;
}

static struct facts_wish pulls_wish(const struct admission_turn *turn)
{
    return (struct facts_wish){.namespace = turn->request.namespace, .pulls = &turn->request.object};
}

static bool find_revision(struct admission_turn *turn)
{
    bool known;

    if (!turn->decision.needs_revision || turn->revision != REVISION_ASKABLE)
        return true;
    if (!facts_find_revision(turn->facts, &turn->decision.owner, turn->revision_asked, &known,
                             &turn->revision_time))
        return false;
    turn->revision = known ? REVISION_KNOWN : REVISION_UNKNOWN;
    return true;
}

static bool find_pulls(struct admission_turn *turn)
{
    struct facts_wish wish = pulls_wish(turn);

    if (turn->decision.question_count == 0 || turn->configs_found)
        return true;
    turn->configs_found =
        facts_find_pulls(turn->facts, turn->arena, &wish, turn->configs_asked, &turn->configs);
    return turn->configs_found;
}

bool admission_turn_find_facts(struct admission_turn *turn)
{
    return !turn->facts || (find_revision(turn) && find_pulls(turn));
}

struct facts_wish admission_turn_wish(struct admission_turn *turn)
{
    struct facts_wish wish = pulls_wish(turn);

    if (turn->decision.question_count == 0 || turn->configs_found)
        wish.pulls = NULL;
    else
        turn->configs_asked = true;
    if (turn->decision.needs_revision && turn->revision == REVISION_ASKABLE) {
        wish.owner = &turn->decision.owner;
        turn->revision_asked = true;
    }
    return wish;
}

static void find_configs(struct admission_turn *turn)
{
    if (turn->configs_found)
        return;
    pull_secrets_find(turn->arena, &turn->snapshot->view, turn->request.namespace, &turn->request.object,
                      &turn->configs);
    turn->configs_found = true;
}

struct turn_question admission_turn_question(struct admission_turn *turn, size_t index)
{
    struct turn_question ret = {.question = &turn->decision.questions[index]};
    struct image_reference ref;
    struct error err;

    find_configs(turn);
    if (turn->configs.count > 0 && image_reference_parse(ret.question->reference, &ref, &err) == 0) {
        ret.credentials = ARENA_ARRAY(turn->arena, TURN_CREDENTIALS_MAX, const struct credential *);
        ret.credential_count = credentials_for_image(turn->configs.items, turn->configs.count,
                                                     image_reference_repository(turn->arena, &ref),
                                                     ret.credentials, TURN_CREDENTIALS_MAX);
        if (ret.credential_count > TURN_CREDENTIALS_MAX)
            ret.credential_count = TURN_CREDENTIALS_MAX;
    }
    ret.key = answer_cache_key(ret.question->reference, ret.credentials, ret.credential_count);
    return ret;
}

void admission_turn_add(struct admission_turn *turn, const struct tag_answer *answer)
{
    if (turn->answer_count == turn->answer_size) {
        size_t size = turn->answer_size ? 2 * turn->answer_size : 8;
        turn->answers =
            arena_grow(turn->arena, turn->answers, turn->answer_size, size, sizeof *turn->answers);
        turn->answer_size = size;
    }
    turn->answers[turn->answer_count++] = tag_answer_copy(turn->arena, answer);
}

size_t admission_turn_from_cache(struct admission_turn *turn, struct answer_cache *cache, int64_t now_ms,
                                 struct turn_question *ret)
{
    size_t missing = 0;

    for (size_t i = 0; i < turn->decision.question_count; i++) {
        struct turn_question asked = admission_turn_question(turn, i);
        struct tag_answer answer;
        if (answer_cache_find(cache, &asked.key, asked.question->fresh, now_ms, &answer)) {
            answer.reference = asked.question->reference;
            admission_turn_add(turn, &answer);
        } else {
            ret[missing++] = asked;
        }
    }
    return missing;
}
