/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_RESOLVER_ANSWER_CACHE_H
#define WEIR_ENGINE_RESOLVER_ANSWER_CACHE_H

#include "core/stream/tag_answers.h"
#include "edge/registry/credential_fingerprint.h"

/*
 * What registries answered lately, by reference and credentials. One owning
 * thread; bounded, the least recently used entry goes first. The resolver has
 * one, and each server loop may have its own, so that a hit needs neither a
 * lock nor a hop:
 *
 *     key = answer_cache_key(question->reference, credentials, count);
 *     if (!answer_cache_find(cache, &key, question->fresh, now, &answer))
 *         tag_resolver_ask(…);           later, back on the loop:
 *     answer_cache_store(cache, &key, &answer, now);
 *
 * How long an answer lives is its `reuse_ms`, set by its maker:
 *
 *     found                          10 minutes   not for fresh questions
 *     404                            30 s         not for fresh questions
 *     401, 403                       60 s         not for fresh questions
 *     wrong answers                  30 s         not for fresh questions
 *     5xx, time-outs                  5 s         not for fresh questions
 *     DNS, refused, TLS              10 s         for all
 *     429, Retry-After               until then (429 without: 60 s), at most an hour; for all
 *     breaker open                   until it closes; for all
 *
 * Beyond that an entry still remembers the last confirmed digest and when.
 */
struct answer_cache;

enum {
    ANSWER_REFERENCE_MAX = 1024, /* longer references are not kept */
    ANSWER_TEXT_MAX = 640,       /* a cause's rest is cut */
};

/* Who asks for what. Borrows reference and credentials. */
struct answer_key {
    struct str reference;
    struct credential_fingerprint fingerprint;
    const struct credential *const *credentials;
    size_t credential_count;
};

struct answer_key answer_cache_key(struct str reference, const struct credential *const *credentials,
                                   size_t count);

struct answer_cache *answer_cache_new(size_t entries_max);
void answer_cache_free(struct answer_cache *cache); /* NULL is allowed */
size_t answer_cache_count(const struct answer_cache *cache);

/*
 * `now_ms` is of any clock that never goes back, the same for all calls. True:
 * *ret is the answer, ANSWER_FROM_CACHE, `reuse_ms` what is left of its life,
 * `credential` taken from the key's own list. False: *ret is zero except for
 * the confirmed digest and time, where known. Texts are the cache's, valid
 * until the next store.
 */
bool answer_cache_find(struct answer_cache *cache, const struct answer_key *key, bool fresh, int64_t now_ms,
                       struct tag_answer *ret);

/* Copies. What `answer` does not confirm, an older confirmation of the entry stays. */
void answer_cache_store(struct answer_cache *cache, const struct answer_key *key,
                        const struct tag_answer *answer, int64_t now_ms);

#endif
