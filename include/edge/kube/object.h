/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_OBJECT_H
#define WEIR_EDGE_KUBE_OBJECT_H

#include "base/arena.h"
#include "base/error.h"

/*
 * An object as the API server sent it, and the few fields that following and
 * writing need. Texts are views into `json` or the arena's; empty: not there.
 * Only what is looked at is checked: the decoder of `json` checks the rest.
 */
enum { KUBE_OBJECT_MAX = 8 << 20 }; /* bytes; etcd takes 1.5 MiB, escapes make them more */

struct kube_object {
    struct str json;
    struct str api_version; /* empty in the items of typed lists */
    struct str kind;
    struct str namespace;
    struct str name;
    struct str uid;
    struct str resource_version;
};

/* ERROR_INVALID: no JSON object, or one of the fields is no string. */
MUST_CHECK int kube_object_read(struct arena *arena, struct str json, struct kube_object *ret,
                                struct error *err);

#endif
