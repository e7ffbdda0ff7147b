/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_FIELD_OWNERS_H
#define WEIR_CORE_TRIGGER_FIELD_OWNERS_H

#include "core/trigger/moving_position.h"

#define REFRESH_ANNOTATION "weir.dev/refresh"
#define TRIGGER_MANAGER    "weir-trigger" /* the field managers of what is written */
#define FOLLOW_MANAGER     "weir-follow"

/* Whether weir-follow owns weir.dev/refresh. */
struct field_owners {
    bool refresh;          /* of the object */
    bool template_refresh; /* of its pod template */
};

/*
 * Who owns what of a workload, by metadata.managedFields (fieldsV1 of
 * structured-merge-diff), which may be NULL: fills in `triggered` and `abandoned`
 * of its positions. `template`: the pod template's JSON Pointer.
 */
struct field_owners field_owners_read(struct arena *arena, const struct value *managed_fields,
                                      struct str template, const struct moving_positions *positions);

#endif
