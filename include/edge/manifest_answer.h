/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_MANIFEST_ANSWER_H
#define WEIR_EDGE_MANIFEST_ANSWER_H

#include "base/error.h"
#include "edge/http_exchange.h"

/* What a 200 to HEAD or GET /v2/<name>/manifests/<tag> says about the tag's digest. */
enum {
    MANIFEST_MAX = 4 << 20, /* bytes; container runtimes take no larger ones */
};

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
 * The digest is computed over the body; where the header gives one it must be
 * the body's (signed schema 1, whose digest is not over its bytes: the header's).
 */
MUST_CHECK int manifest_answer_get(struct arena *arena, const struct http_answer *answer, struct str *ret,
                                   struct error *err);

#endif
