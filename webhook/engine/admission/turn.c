/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/turn.h"

#include "core/admission/verify.h"
#include "core/image/reference.h"
#include "edge/system/monotonic.h"

#include <assert.h>

void admission_turn_begin(struct admission_turn *turn, struct arena *arena, const struct turn_input *input)
{
    /* Member by member: the request and the decision are large, and written whole. */
    turn->arena = arena;
    turn->input = *input;
    turn->closed = false;
    turn->revision = input->facts ? REVISION_ASKABLE : REVISION_UNKNOWN;
    turn->revision_time = 0;
    turn->decision.pending = NULL;
    turn->missing = NULL;
    turn->missing_count = turn->cache_hits = turn->rounds = 0;
    turn->answers = NULL;
    turn->answer_count = turn->answer_size = 0;
    turn->configs = (struct pull_configs){.count = 0};
    turn->configs_found = turn->configs_asked = turn->revision_asked = false;
}

static enum admission_outcome evaluate(struct admission_turn *turn, int64_t now)
{
    const struct tag_answers answers = {.items = turn->answers,
                                        .count = turn->answer_count,
                                        .before = turn->input.before,
                                        .closed = turn->closed,
                                        .now = now,
                                        .revision = turn->revision,
                                        .revision_time = turn->revision_time,
                                        .pulls = turn->configs_found ? &turn->configs : NULL};

    turn->decision = turn->decision.pending
                         ? admission_evaluate_resume(turn->decision.pending, &answers)
                         : admission_evaluate(turn->arena, turn->input.view, turn->input.options,
                                              &turn->request, &answers);
    assert(!turn->closed || turn->decision.outcome != ADMISSION_NEEDS_RESOLUTION);
    if (turn->input.verify)
        admission_verify(turn->arena, &turn->request, &turn->decision);
    return turn->decision.outcome;
}

static bool wants_revision(const struct admission_turn *turn)
{
    return turn->decision.needs_revision && turn->revision == REVISION_ASKABLE;
}

/* Pull secrets matter to what registries are asked. */
static bool wants_configs(const struct admission_turn *turn)
{
    return turn->decision.question_count > 0 && !turn->configs_found && !turn->input.offline;
}

static bool find_revision(struct admission_turn *turn)
{
    bool known;

    if (!wants_revision(turn))
        return true;
    if (!facts_find_revision(turn->input.facts, &turn->decision.owner, turn->revision_asked, &known,
                             &turn->revision_time))
        return false;
    turn->revision = known ? REVISION_KNOWN : REVISION_UNKNOWN;
    return true;
}

static bool find_configs(struct admission_turn *turn)
{
    const struct facts_wish wish = {.namespace = turn->request.namespace, .pulls = &turn->request.object};

    if (!wants_configs(turn))
        return true;
    turn->configs_found = true;
    if (turn->input.facts)
        turn->configs_found =
            facts_find_pulls(turn->input.facts, turn->arena, &wish, turn->configs_asked, &turn->configs);
    else
        pull_secrets_find(turn->arena, turn->input.view, wish.namespace, wish.pulls, &turn->configs);
    return turn->configs_found;
}

struct facts_wish admission_turn_wish(struct admission_turn *turn)
{
    struct facts_wish wish = {.namespace = turn->request.namespace};

    if (wants_configs(turn)) {
        wish.pulls = &turn->request.object;
        turn->configs_asked = true;
    }
    if (wants_revision(turn)) {
        wish.owner = &turn->decision.owner;
        turn->revision_asked = true;
    }
    return wish;
}

static struct turn_question with_credentials(struct admission_turn *turn, const struct tag_question *question)
{
    struct turn_question ret = {.question = question};
    struct image_reference ref;
    struct error err;

    if (turn->configs.count > 0 && image_reference_parse(question->reference, &ref, &err) == 0) {
        ret.credentials = ARENA_ARRAY(turn->arena, TURN_CREDENTIALS_MAX, const struct credential *);
        ret.credential_count = credentials_for_image(turn->configs.items, turn->configs.count,
                                                     image_reference_repository(turn->arena, &ref),
                                                     ret.credentials, TURN_CREDENTIALS_MAX);
        if (ret.credential_count > TURN_CREDENTIALS_MAX)
            ret.credential_count = TURN_CREDENTIALS_MAX;
    }
    ret.key = answer_cache_key(question->reference, ret.credentials, ret.credential_count);
    return ret;
}

static bool answer_from_cache(struct admission_turn *turn, const struct turn_question *asked, int64_t now_ms)
{
    struct tag_answer answer;

    if (!turn->input.cache ||
        !answer_cache_find(turn->input.cache, &asked->key, asked->question->fresh, now_ms, &answer))
        return false;
    answer.reference = asked->question->reference;
    admission_turn_add(turn, &answer);
    turn->cache_hits++;
    return true;
}

/* The questions of the last evaluation, but for those that are answered at once. */
static void find_missing(struct admission_turn *turn)
{
    size_t count = turn->decision.question_count;
    struct turn_question *missing = ARENA_ARRAY(turn->arena, count, struct turn_question);
    int64_t now_ms = monotonic_ms();

    turn->missing = missing;
    turn->missing_count = 0;
    for (size_t i = 0; i < count; i++) {
        missing[turn->missing_count] = with_credentials(turn, &turn->decision.questions[i]);
        if (!answer_from_cache(turn, &missing[turn->missing_count], now_ms))
            turn->missing_count++;
    }
}

enum turn_state admission_turn_pursue(struct admission_turn *turn, int64_t now)
{
    turn->cache_hits = 0;
    for (;;) {
        turn->closed = turn->closed || ++turn->rounds > TURN_ROUNDS_MAX;
        if (evaluate(turn, now) != ADMISSION_NEEDS_RESOLUTION)
            return TURN_DECIDED;
        if (!find_revision(turn) || !find_configs(turn))
            return TURN_WANTS_FACTS;
        if (turn->input.offline)
            turn->closed = turn->decision.question_count > 0;
        else
            find_missing(turn);
        if (turn->missing_count > 0)
            return TURN_WANTS_ANSWERS;
    }
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
