/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_RESOURCE_H
#define WEIR_EDGE_KUBE_RESOURCE_H

#include "base/error.h"
#include "base/text.h"

/* One kind of objects, by the names that are in the API's paths. */
struct kube_resource {
    struct str group; /* empty: the core group */
    struct str version;
    struct str plural;
    bool namespaced;
};

/* One object, or a collection where `name` is empty, of all namespaces where `namespace` is. */
struct kube_place {
    const struct kube_resource *resource;
    struct str namespace;
    struct str name;
    struct str subresource; /* "status" */
};

enum { KUBE_NAME_MAX = 253 };

/*
 * Adds "/api/v1/namespaces/default/pods/web". Names come from objects that
 * strangers write: ERROR_INVALID where one is anything but letters, digits and
 * "-._:", or "." or "..", or too long, so that none can lead to another path.
 */
MUST_CHECK int kube_resource_path(struct text *out, const struct kube_place *place, struct error *err);

/* Adds "name=value", escaped, with the "?" or "&" that is due; nothing where `value` is empty. */
void kube_resource_query(struct text *query, const char *name, struct str value);

#endif
