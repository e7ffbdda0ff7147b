/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_RESULT_H
#define WEIR_EDGE_REGISTRY_RESULT_H

#include "core/registry/failure.h"
#include "core/stream/tag_answers.h"
#include "edge/outbound/http_exchange.h"

enum {
    REGISTRY_CAUSE_MAX = 640,
    ANSWER_FOUND_LIFE_MS = 10 * 60 * 1000, /* how long a found digest answers questions that are not fresh */
};

/*
 * How one look-up at a registry ended. `cause` is one line that quotes the
 * registry's name and its own words.
 */
struct registry_result {
    enum tag_outcome outcome;
    char digest[136]; /* TAG_FOUND; ends with NUL */
    char cause[REGISTRY_CAUSE_MAX];
    size_t credential_number; /* which one served, from 1; 0: none was needed */
    int64_t reuse_ms;         /* as in struct tag_answer */
    bool reuse_fresh;
    bool host_failed;              /* counts for the host's breaker */
    enum registry_failure failure; /* where it was asked, and FOUND is not the outcome */
    bool not_asked;                /* the host was left alone: nothing is known of the subject */
    int64_t retry_after_ms;        /* where the registry or its breaker said how long; 0: not */
    /* Of a manifest or blob that was asked for whole, valid during the callback. */
    struct str content;
    struct str media_type; /* Content-Type, without parameters */
};

enum registry_part { PART_REGISTRY, PART_TOKEN_SERVER };

/* An HTTP status that is the end of a look-up. */
struct registry_refusal {
    int status;
    enum registry_part by;
    int64_t retry_after;     /* seconds; 0: not given */
    struct str words;        /* as registry_error_words() gives them; empty: none */
    size_t credential_count; /* how many were tried */
};

void registry_result_found(struct registry_result *ret, struct str digest, size_t credential_number);
/* The exchange itself failed. `hint`: what to do, the end of the sentence; empty: none. */
void registry_result_transport(struct registry_result *ret, struct str registry, enum registry_part part,
                               const struct http_answer *answer, struct str hint);
/*
 * The registry's own words stand beside ours where the protocol says what a status means, and
 * instead of ours where those only guess: a 403 may be about the image, whatever the credentials.
 */
void registry_result_status(struct registry_result *ret, struct str registry,
                            const struct registry_refusal *refusal);
/* An answer that makes no sense: "registry \"r\" gave <what>". */
void registry_result_wrong(struct registry_result *ret, struct str registry, enum registry_part part,
                           struct str what);
/* It may not be asked at all, for a reason of ours: must not. */
void registry_result_refused(struct registry_result *ret, struct str registry, struct str why);
/* Not asked now, for a reason of ours; the same holds for everybody for `reuse_ms`. */
void registry_result_not_now(struct registry_result *ret, struct str registry, struct str why,
                             int64_t reuse_ms);

#endif
