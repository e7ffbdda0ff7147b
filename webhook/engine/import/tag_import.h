/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_TAG_IMPORT_H
#define WEIR_ENGINE_IMPORT_TAG_IMPORT_H

#include "core/import/image_outline.h"
#include "core/import/record.h"
#include "edge/kube/client.h"
#include "edge/kube/selection.h"
#include "edge/registry/client.h"
#include "engine/controller/leader_lease.h"
#include "engine/import/image_presence.h"
#include "engine/import/namespace_credentials.h"

/*
 * One check of one tag, from the question to the answer: the namespace's
 * credentials, a HEAD; where its Image is not there the manifest, of an index
 * one child, the configuration, and the Image is written. So an answer with a
 * digest says that the Image is there. The outbound thread's alone.
 */
struct tag_import;

/* What all of them share; outlives them. */
struct tag_import_tools {
    struct registry_client *registry;
    struct kube_client *client;
    struct namespace_credentials *credentials;
    struct image_presence *presence;
    struct image_platform platform;
    const struct leader_lease *lease; /* nothing is written beyond it */
};

/* Copied. */
struct tag_import_question {
    struct tag_check check;
    struct str namespace;
    struct str pull_secrets; /* the value of weir.dev/pull-secret; may be empty */
};

/* With texts of the arena's. */
struct tag_import_question tag_import_copy(struct arena *arena, const struct tag_import_question *question);

/* Valid during the callback. */
struct tag_import_answer {
    struct check_result result;
    bool not_asked;    /* nothing is known: the registry is left alone, or the API server did not answer */
    int64_t again_ms;  /* then: how long from now it is of no use to try again */
    bool imported;     /* an Image was written */
    struct str reason; /* why it was not asked, for the log */
};

typedef void tag_import_done(void *ctx, const struct tag_import_answer *answer);

/* Never calls back before it has returned; calls once, and frees itself. */
struct tag_import *tag_import_start(const struct tag_import_tools *tools,
                                    const struct tag_import_question *question, tag_import_done *on_done,
                                    void *ctx);
/* on_done will not be called. */
void tag_import_cancel(struct tag_import *import);

#endif
