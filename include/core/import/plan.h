/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_PLAN_H
#define WEIR_CORE_IMPORT_PLAN_H

#include "core/import/check.h"
#include "core/import/view.h"

/* Which tags of a stream have to be asked for, and when the next one has. */

struct import_plan {
    struct tag_check *checks; /* those due now */
    size_t count;
    const struct tag_check *listing; /* of spec.dockerImageRepository, where that is due; else NULL */
    int64_t next;                    /* when another one will be; INT64_MAX: none that is known of */
};

/* Tags that are asked for already are among them: the caller knows those. */
void import_plan_make(struct arena *arena, const struct import_view *given, struct import_plan *ret);
/* spec.tags[].generation where it is set, else the stream's. */
int64_t import_plan_generation(const struct import_view *view, struct str tag);

#endif
