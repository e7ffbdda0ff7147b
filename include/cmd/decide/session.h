/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_DECIDE_SESSION_H
#define WEIR_CMD_DECIDE_SESSION_H

#include "cmd/decide/deciding.h"
#include "cmd/decide/object_scope.h"

/* What a command of the command line wants to decide with, beside the shared flags. */
struct deciding_wishes {
    bool online;               /* ask registries */
    const char *resolutions;   /* --resolutions FILE, or NULL */
    const char *now;           /* --now TIME, or NULL: the clock */
    const char *owner_created; /* --owner-created TIME, or NULL: as far as the cluster says */
    bool explain;              /* decisions carry a row for each position */
    bool quiet;                /* no warnings about the objects on stderr */
    bool images_only;          /* what is decided beside the images is not written */
    bool pin_everything;       /* without objects: streams and plain tags are Required */
};

/* Objects loaded, resolver running. Owned by the thread that opened it. */
struct decide_session {
    struct arena *arena;
    struct deciding_setup setup;
    struct kube_config kube;     /* of a live cluster */
    struct object_scope *scopes; /* what was read; none: by `pinning` */
    struct cluster_view pinning;
    struct error refusal; /* why the cluster is read one namespace at a time; no text: it is not */
    bool quiet;
    struct outbound *outbound; /* that registries are asked on; NULL: they are not */
    struct decider decider;    /* borrows from all of it */
};

/* Must be closed where it succeeded. Failures are about what the flags name. */
MUST_CHECK int decide_session_open(struct arena *arena, const struct common_settings *settings,
                                   const struct deciding_wishes *wishes, struct decide_session *ret,
                                   struct error *err);
void decide_session_close(struct decide_session *session);

/*
 * Before each decision, with the namespace that it is about: where the cluster
 * as a whole is not for us to read, reads what is there. Failures are about that.
 */
MUST_CHECK int decide_session_enter(struct decide_session *session, struct str namespace, struct error *err);
/* For a failure of decide_session_open() or _enter(). */
int decide_session_exit_code(const struct error *err);
const char *decide_session_hint(const struct error *err); /* NULL: none */

#endif
