/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CONTROLLER_LEASE_OBJECT_H
#define WEIR_ENGINE_CONTROLLER_LEASE_OBJECT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "core/controller/lease.h"

/* A Lease of coordination.k8s.io/v1 as JSON. */
struct lease_object {
    struct str resource_version;
    struct lease_record record;
};

enum { LEASE_JSON_MAX = 16 << 10 };

/* Texts are the arena's. Absent members are empty or 0. */
MUST_CHECK int lease_object_decode(struct arena *arena, struct str json, struct lease_object *ret,
                                   struct error *err);

/* A whole Lease where `resource_version` is empty, else a merge patch that only holds for that version. */
struct lease_place {
    struct str namespace;
    struct str name;
    struct str resource_version;
};
void lease_object_encode(struct text *out, const struct lease_place *place,
                         const struct lease_record *record);

/* 2006-01-02T15:04:05.000000Z, which is how Leases have it. */
void lease_object_time(struct text *out, int64_t microseconds);

#endif
