/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_TURN_H
#define WEIR_ENGINE_ADMISSION_TURN_H

#include "core/admission/evaluate.h"
#include "core/cluster/pull_secrets.h"
#include "engine/cluster/facts_fetch.h"
#include "engine/resolver/answer_cache.h"

/*
 * One admission on its way to a decision: evaluate, find out what that needs,
 * evaluate again. The webhook and the commands that decide offline go this one
 * way. A turn does not wait: where the cluster or a registry has to be asked,
 * admission_turn_pursue() returns what for; the caller asks, and calls it again.
 */

enum {
    TURN_CREDENTIALS_MAX = 64, /* tried for one image */
    TURN_ROUNDS_MAX = 32,      /* an alias, its source, a plain tag: each may ask once more */
};

/* What one admission is decided by. All of it is borrowed, and must outlive the turn. */
struct turn_input {
    const struct cluster_view *view;
    const struct admission_options *options;
    struct cluster_facts *facts;      /* of the view's cluster; NULL: pull secrets are the view's,
                                         and when a revision began is not known */
    struct answer_cache *cache;       /* of the calling thread; NULL: none */
    const struct tag_answers *before; /* known before the admission; NULL: nothing */
    bool offline;                     /* no registry is asked: a tag that is not known is TAG_NOT_NOW */
    bool verify;                      /* for a validating webhook: core/admission/verify.h */
};

/* A question with the credentials to ask it with. */
struct turn_question {
    const struct tag_question *question;
    const struct credential **credentials;
    size_t credential_count;
    struct answer_key key;
};

/* What it points to is the arena's. Must not move while it lasts. */
struct admission_turn {
    struct arena *arena;
    struct turn_input input;
    struct admission_request request; /* the caller's to fill in before the first pursuit */
    bool closed;                  /* the caller's to set: nothing more is asked, the next pursuit decides */
    enum revision_state revision; /* KNOWN, with its time, may be set by the caller */
    int64_t revision_time;
    struct admission_decision decision;

    const struct turn_question *missing; /* of TURN_WANTS_ANSWERS */
    size_t missing_count;
    size_t cache_hits; /* questions that the cache answered in the last pursuit */

    size_t rounds;
    struct tag_answer *answers;
    size_t answer_count;
    size_t answer_size;
    struct pull_configs configs;
    bool configs_found;
    bool configs_asked; /* the cluster was asked: what is known now has to do */
    bool revision_asked;
};

void admission_turn_begin(struct admission_turn *turn, struct arena *arena, const struct turn_input *input);

enum turn_state {
    TURN_DECIDED,       /* `decision` is ADMISSION_ALLOW or ADMISSION_DENY */
    TURN_WANTS_FACTS,   /* the cluster has to be asked for what admission_turn_wish() says */
    TURN_WANTS_ANSWERS, /* registries have to be asked what is `missing`, all at once */
};

/*
 * Goes on as far as what is known leads. `now`: seconds since the epoch. Of
 * TURN_ROUNDS_MAX evaluations the last one decides, whatever is still unknown.
 */
enum turn_state admission_turn_pursue(struct admission_turn *turn, int64_t now);

/* What the cluster has to be asked for. The next pursuit makes do with what is known by then. */
struct facts_wish admission_turn_wish(struct admission_turn *turn);

/* An answer to a missing question. Copies the texts into the arena. */
void admission_turn_add(struct admission_turn *turn, const struct tag_answer *answer);

#endif
