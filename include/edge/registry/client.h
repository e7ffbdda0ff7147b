/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_CLIENT_H
#define WEIR_EDGE_REGISTRY_CLIENT_H

#include "edge/registry/access.h"
#include "edge/registry/counters.h"
#include "edge/registry/host.h"
#include "edge/registry/result.h"
#include "edge/registry/token.h"

/*
 * From a tag to its digest by the registry protocol (OCI distribution-spec 1.1,
 * "Pulling manifests"): HEAD, its 401 answered with Basic or a token, redirects,
 * GET where the headers do not tell. The outbound thread's alone.
 */
struct registry_client {
    struct outbound *outbound;
    struct registry_access access;
    struct registry_hosts *hosts;
    struct token_cache *tokens;
    struct registry_counters *counters;
    int64_t connect_timeout_ms;
    int64_t lookup_timeout_ms;
};

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

/*
 * Never calls on_done before it has returned; calls it once, within
 * lookup_timeout_ms and a little. The look-up frees itself after that.
 */
struct registry_lookup *registry_lookup_start(struct registry_client *client,
                                              const struct registry_question *question,
                                              registry_lookup_done *on_done, void *ctx);
/* on_done will not be called. */
void registry_lookup_cancel(struct registry_lookup *lookup);

#endif
