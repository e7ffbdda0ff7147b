/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CONTROLLER_SECRET_OBJECT_H
#define WEIR_ENGINE_CONTROLLER_SECRET_OBJECT_H

#include "base/text.h"
#include "base/value.h"

/* A core/v1 Secret as JSON: reading one member, writing some and leaving the rest. */
enum { SECRET_JSON_MAX = 4 << 20 };

/* Empty: not there, or no base64. The result is the arena's. */
struct str secret_object_member(struct arena *arena, const struct value *secret, struct str key);

/* An empty `value` removes the member. */
struct secret_member {
    struct str key;
    struct str value;
};

struct secret_place {
    struct str namespace;
    struct str name;
    struct str type; /* of one that is made: "kubernetes.io/tls" */
    struct str resource_version;
};

/* A whole Secret where `resource_version` is empty, else a merge patch that only holds for that version. */
void secret_object_encode(struct text *out, const struct secret_place *place,
                          const struct secret_member *members, size_t count);

#endif
