/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_TURN_H
#define WEIR_ENGINE_ADMISSION_TURN_H

#include "core/admission/evaluate.h"
#include "core/cluster/pull_secrets.h"
#include "engine/cluster/facts_fetch.h"
#include "engine/cluster/snapshot.h"
#include "engine/resolver/answer_cache.h"

/*
 * One admission on its way to a decision: the request, the answers so far, and
 * the credentials its questions are asked with. Everything is the arena's, and
 * borrows from body, snapshot and table, which must outlive it.
 */
struct admission_turn {
    struct arena *arena;
    const struct snapshot *snapshot;
    struct admission_request request;
    struct tag_answer *answers;
    size_t answer_count;
    size_t answer_size;
    bool verify; /* for a validating webhook: core/admission/verify.h; set after the begin */
    bool closed; /* nothing more can be asked */
    struct pull_configs configs;
    bool configs_found;
    struct cluster_facts *facts; /* NULL: pull secrets are the snapshot's, revisions unknown */
    bool configs_asked;          /* what is known now must do */
    bool revision_asked;
    enum revision_state revision;
    int64_t revision_time;
    struct admission_decision decision;
};

enum {
    TURN_CREDENTIALS_MAX = 64, /* tried for one image */
    TURN_ROUNDS_MAX = 32,      /* an alias, its source, a plain tag: each may ask once more */
};

/* A question with whom to ask as. */
struct turn_question {
    const struct tag_question *question;
    const struct credential **credentials;
    size_t credential_count;
    struct answer_key key;
};

/* What one admission is decided from. All of it is borrowed, and must outlive the turn. */
struct turn_input {
    const struct snapshot *snapshot;
    struct cluster_facts *facts; /* of the snapshot's cluster; NULL where it is of files */
    const struct workload_table *table;
    struct str body; /* the review as it was posted */
};

/* Decodes. ERROR_INVALID is for the caller of the webhook: HTTP 400. `input` itself may go afterwards. */
MUST_CHECK int admission_turn_begin(struct admission_turn *turn, struct arena *arena,
                                    const struct turn_input *input, struct error *err);

/* Evaluates with the answers so far; never ADMISSION_NEEDS_RESOLUTION once `closed` is set. */
enum admission_outcome admission_turn_decide(struct admission_turn *turn,
                                             const struct admission_options *options, int64_t now);

/*
 * Finds out with whose credentials to ask, and when the Pod's revision was
 * made, as far as the last decision needs it. False: the cluster has to be
 * asked, for what admission_turn_wish() says, before anything else.
 */
bool admission_turn_find_facts(struct admission_turn *turn);
/* Afterwards what is known then will do. */
struct facts_wish admission_turn_wish(struct admission_turn *turn);

/* Number `index` of what the last decision needs. */
struct turn_question admission_turn_question(struct admission_turn *turn, size_t index);

/* Copies the texts into the arena. */
void admission_turn_add(struct admission_turn *turn, const struct tag_answer *answer);

/*
 * Adds what `cache` knows of the questions; returns how many it does not, and
 * those in `ret`, which has room for all.
 */
size_t admission_turn_from_cache(struct admission_turn *turn, struct answer_cache *cache, int64_t now_ms,
                                 struct turn_question *ret);

#endif
