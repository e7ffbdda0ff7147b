/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_STATUS_H
#define WEIR_EDGE_KUBE_STATUS_H

#include "base/arena.h"
#include "base/error.h"

/*
 * The Status object by which an API server says what went wrong (meta/v1).
 * Whatever is missing or malformed is empty: the HTTP status counts.
 */
enum { KUBE_MESSAGE_MAX = 300 }; /* bytes of a message that get into an error */

struct kube_status {
    int code;           /* 0: not said */
    struct str reason;  /* "NotFound"; one word, letters alone */
    struct str message; /* for people */
    int64_t retry_after_seconds;
};

/* Views into `json` or the arena's. */
void kube_status_read(struct arena *arena, struct str json, struct kube_status *ret);

/*
 * The error of an answer other than 2xx: `code` is HTTP's, or the Status' own
 * within a watch. `what` is the subject: "get secrets \"a/b\"".
 */
MUST_CHECK int kube_status_error(int code, const struct kube_status *status, struct str what,
                                 struct error *err);

#endif
