/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_QUESTION_H
#define WEIR_EDGE_REGISTRY_QUESTION_H

#include "core/registry/credentials.h"
#include "edge/registry/credential_fingerprint.h"
#include "edge/registry/result.h"

/* What is asked for. */
enum registry_subject {
    SUBJECT_DIGEST,   /* the digest of a manifest: HEAD, or GET where that does not tell */
    SUBJECT_MANIFEST, /* a manifest or index whole */
    SUBJECT_BLOB,     /* a blob whole: the configuration of an image */
};

enum {
    REGISTRY_MANIFEST_MAX = 4 << 20, /* bytes; container runtimes take no larger ones */
    REGISTRY_BLOB_MAX = 8 << 20,
};

/* All texts and credentials are borrowed until the end of the look-up. */
struct registry_question {
    struct str domain; /* "docker.io" */
    struct str path;   /* "library/nginx" */
    struct str tag;    /* or a digest; of a blob its digest */
    enum registry_subject subject;
    bool insecure; /* the registry itself may be asked by plain HTTP or unverified TLS, as --insecure-registry
                    */
    const struct credential *const *credentials;
    size_t credential_count;
    struct credential_fingerprint fingerprint;
};

struct registry_lookup;
typedef void registry_lookup_done(void *ctx, const struct registry_result *result);

#endif
