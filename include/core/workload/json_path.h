/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_WORKLOAD_JSON_PATH_H
#define WEIR_CORE_WORKLOAD_JSON_PATH_H

#include "base/arena.h"

/* A place in a JSON document, from leaf to root: written as a pointer only on demand. */
struct json_path {
    const struct json_path *parent;
    struct str key; /* a member; with a NULL pointer: `index` of a list */
    size_t index;
};

/* "/spec/containers/0/image" (RFC 6901), `last` appended where not empty. */
struct str json_path_pointer(struct arena *arena, const struct json_path *path, struct str last);

/* "/spec/containers/0/": what the pointers to all that is in that place begin with. */
struct str json_path_prefix(struct arena *arena, const struct json_path *path);

/* The same place in two documents. */
bool json_path_equal(const struct json_path *a, const struct json_path *b);

#endif
