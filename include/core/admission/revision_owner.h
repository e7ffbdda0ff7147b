/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_ADMISSION_REVISION_OWNER_H
#define WEIR_CORE_ADMISSION_REVISION_OWNER_H

#include "core/admission/review.h"

/* The object whose creation began the revision that a Pod belongs to (semantics §10). */
enum revision_kind { REVISION_REPLICA_SET, REVISION_JOB, REVISION_CONTROLLER_REVISION };

struct revision_owner {
    enum revision_kind kind;
    struct str namespace;
    struct str name;
    struct str uid; /* of that object; empty: not said, a ControllerRevision's */
};

/* False where the object is no Pod of a ReplicaSet, Job, StatefulSet or DaemonSet. */
bool revision_owner_find(struct arena *arena, const struct admission_request *request,
                         struct revision_owner *ret);

#endif
