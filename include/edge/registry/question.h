/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_QUESTION_H
#define WEIR_EDGE_REGISTRY_QUESTION_H

#include "core/registry/credentials.h"
#include "edge/registry/credential_fingerprint.h"
#include "edge/registry/result.h"

/* All texts and credentials are borrowed until the end of the look-up. */
struct registry_question {
    struct str domain; /* "docker.io" */
    struct str path;   /* "library/nginx" */
    struct str tag;
    const struct credential *const *credentials;
    size_t credential_count;
    struct credential_fingerprint fingerprint;
};

struct registry_lookup;
typedef void registry_lookup_done(void *ctx, const struct registry_result *result);

#endif
