/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_STREAM_TAG_ANSWERS_H
#define WEIR_CORE_STREAM_TAG_ANSWERS_H

#include "base/arena.h"

/* A tag that has to be looked up in its registry before an admission can be decided. */
struct tag_question {
    struct str reference; /* normalized, always with a tag: "docker.io/library/nginx:1.27" */
    bool fresh;           /* an answer from before this admission will not do */
};

enum tag_outcome {
    TAG_FOUND,
    TAG_MUST_NOT, /* asking again cannot help: not found, refused, a wrong answer */
    TAG_NOT_NOW,  /* it may: unreachable, slow, overloaded, not asked in time */
};

enum answer_origin { ANSWER_FROM_REGISTRY, ANSWER_FROM_CACHE };

struct tag_answer {
    struct str reference; /* of the question */
    enum tag_outcome outcome;
    struct str digest; /* where FOUND */
    struct str cause;  /* else: for a person, "registry \"r.example\" says 404: no such tag, or no access" */
    enum answer_origin origin;
    struct str credential;    /* origin of the one that served, for --explain; empty: anonymous */
    size_t credential_number; /* the same as its place among the question's, from 1; 0: anonymous */
    /*
     * What this process last heard from the registry about the reference, an
     * earlier success included: the digest and when. 0 = never.
     */
    struct str confirmed_digest;
    int64_t confirmed_at; /* seconds since the epoch */
    /* For caches: how long, from when it was given, this answer may be given again; 0: not at all. */
    int64_t reuse_ms;
    bool reuse_fresh; /* to fresh questions too: asking at once again would only add load */
};

/* Where a position's stored text came from, for --explain and the log. */
enum pin_origin {
    PIN_NONE,     /* as written */
    PIN_RECORDED, /* the stream's history */
    PIN_REGISTRY, /* asked now */
    PIN_CACHE,    /* asked a moment ago */
    PIN_INTENT,   /* unchanged words: put back */
    PIN_SOURCE,   /* the stream's source, by tag or by its own digest */
};

/* Whether it is known when the revision that a Pod belongs to began (semantics §10). */
enum revision_state {
    REVISION_UNKNOWN, /* and cannot be */
    REVISION_ASKABLE, /* not yet */
    REVISION_KNOWN,
};

struct pull_configs;

/* What is known about the registries' tags, and the Pod's revision, while one admission is decided. */
struct tag_answers {
    const struct tag_answer *items;
    size_t count;
    bool sorted;                      /* by reference: there may be many */
    const struct tag_answers *before; /* what was known before the admission; looked at last; NULL: nothing */
    int64_t now;                      /* the moment that is decided for, seconds since the epoch */
    bool closed;                      /* nothing more can be asked: an absent reference is TAG_NOT_NOW */
    enum revision_state revision;
    int64_t revision_time;            /* where KNOWN: seconds since the epoch */
    const struct pull_configs *pulls; /* whose credentials registries were asked with; NULL: not known */
};

/* With its texts in the arena. */
struct tag_answer tag_answer_copy(struct arena *arena, const struct tag_answer *answer);
const struct tag_answer *tag_answers_find(const struct tag_answers *answers, struct str reference);
/* The same, looking at *from first, which then is behind what was found: answers come in the order of
 * questions. */
const struct tag_answer *tag_answers_find_from(const struct tag_answers *answers, struct str reference,
                                               size_t *from);

#endif
