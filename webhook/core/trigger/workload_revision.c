/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/workload_revision.h"

#include "base/timestamp.h"

static bool is_owned(const struct value *owners, struct str uid)
{
    for (const struct value *owner = owners ? owners->first : NULL; owner; owner = owner->next) {
        if (str_equal(value_string(value_find(owner, STR("uid"))), uid))
            return true;
    }
    return false;
}

bool workload_revision_read(struct arena *arena, const struct value *object, struct str owner_uid,
                            struct workload_revision *ret)
{
    const struct value *metadata = value_find(object, STR("metadata"));
    const struct value *data = value_find(object, STR("data")); /* of a ControllerRevision: a patch */

    *ret = (struct workload_revision){.created = 0};
    if (owner_uid.len == 0 || !is_owned(value_find(metadata, STR("ownerReferences")), owner_uid) ||
        !timestamp_parse(value_string(value_find(metadata, STR("creationTimestamp"))), &ret->created))
        return false;
    moving_position_read(arena, value_path(data ? data : object, "spec", "template", "spec", NULL),
                         &ret->positions);
    return true;
}
