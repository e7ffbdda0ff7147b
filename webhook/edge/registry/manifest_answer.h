/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_MANIFEST_ANSWER_H
#define WEIR_EDGE_REGISTRY_MANIFEST_ANSWER_H

#include "core/registry/manifest_outline.h"
#include "edge/outbound/http_exchange.h"
#include "edge/registry/question.h"

/* What a 200 to HEAD or GET /v2/<name>/manifests/<tag> says about the tag's digest. */
/* One line, all index and manifest types: without them a registry may answer with another digest. */
extern const struct str manifest_accept;

enum manifest_verdict {
    MANIFEST_DIGEST,  /* *ret is it */
    MANIFEST_UNKNOWN, /* the headers do not tell: GET and hash */
    MANIFEST_WRONG,   /* `err` says why */
};

/* The digest is the header's. It borrows from the answer. */
enum manifest_verdict manifest_answer_head(const struct http_answer *answer, struct str *ret,
                                           struct error *err);

/*
 * A body that is hashed and looked at while it comes, so that its size costs no
 * memory.
 */
struct manifest_body {
    struct evp_md_ctx_st *hash; /* NULL before the first part */
    char algorithm[8];
    struct manifest_outline outline;
};

/* The Content-Type without its parameters; borrowed. */
struct str manifest_answer_type(const struct http_answer *answer);

/* Hashes by the algorithm of the answer's own digest, else by sha256. */
void manifest_body_add(struct manifest_body *body, const struct http_answer *answer, struct str part);
void manifest_body_release(struct manifest_body *body);

/*
 * The digest of the whole body, the arena's: of a manifest or index, as
 * manifest_outline_check() has it, and where the answer gives a digest too, of
 * that one alone. Anything else is ERROR_INVALID, quoting nothing.
 */
MUST_CHECK int manifest_body_digest(struct arena *arena, struct manifest_body *body,
                                    const struct http_answer *answer, struct str *ret, struct error *err);

/* The same of a blob: its bytes alone are looked at. */
MUST_CHECK int manifest_body_blob_digest(struct arena *arena, struct manifest_body *body, struct str *ret,
                                         struct error *err);

#endif
