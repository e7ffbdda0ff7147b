/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_RESOLVER_TAG_RESOLVER_H
#define WEIR_ENGINE_RESOLVER_TAG_RESOLVER_H

#include "core/stream/tag_answers.h"
#include "edge/registry/client.h"
#include "engine/resolver/counters.h"

/*
 * Asks registries for digests, on the thread of its registry client. It owns
 * the answer cache. Equal questions of the same credential share one request;
 * answers never cross credentials.
 */
struct tag_resolver;

struct tag_resolver_options {
    struct registry_client *client;
    size_t questions_max; /* look-ups in flight, all hosts; beyond: TAG_NOT_NOW at once; 0: 512 */
};

/* One question, with whose credentials it is asked, and until when. All of it is borrowed. */
struct tag_lookup {
    const struct tag_question *question;
    const struct credential *const *credentials; /* as they are tried; anonymous comes last by itself */
    size_t credential_count;
    int64_t deadline_ms; /* from now */
};

/*
 * Called once for each question on the resolver's thread, by the asker's
 * deadline at the latest, and perhaps before tag_resolver_ask() has returned.
 * The answer is only valid during the call; an h2o asker sends itself a
 * message there.
 */
typedef void tag_lookup_done(void *ctx, const struct tag_answer *answer);

/*
 * It lives until the client's outbound is stopped: that answers what is still
 * asked with TAG_NOT_NOW. Any thread.
 */
struct tag_resolver *tag_resolver_new(const struct tag_resolver_options *options);

/*
 * Starts (or joins) a look-up; a fresh question joins one that is under way too:
 * its answer comes after the question. All of `lookup` is copied, `ctx` is handed
 * back. There is no cancelling: an asker that has lost interest ignores the
 * call. Any thread.
 */
void tag_resolver_ask(struct tag_resolver *resolver, const struct tag_lookup *lookup,
                      tag_lookup_done *on_done, void *ctx);

/* Any thread; the counters are read one by one. */
void tag_resolver_stats(const struct tag_resolver *resolver, struct tag_resolver_stats *ret);

#endif
