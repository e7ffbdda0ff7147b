/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_RECORD_H
#define WEIR_CORE_IMPORT_RECORD_H

#include "core/import/change.h"
#include "core/import/plan.h"
#include "core/registry/failure.h"

/*
 * From what registries said to the stream's new status. The same function
 * settles what needs no registry: tags that follow other tags, mere names,
 * digests of a stream, tags that are gone from the spec, the conditions.
 *
 * Nothing that is recorded is lost: an event is only ever put in front. The
 * same input gives the same status, and a status that is up to date gives none.
 */

/* What came of a check. */
struct check_result {
    struct tag_check check;
    enum registry_failure failure; /* NONE: `digest` is the source's */
    struct str digest;
    struct str message;  /* of a failure */
    int64_t retry_after; /* of a 429: seconds; 0: none */
    int64_t at;          /* when the answer came */
};

/*
 * Results whose source is not the tag's any more count for nothing. Of the view's
 * memory, `checked`, `retry` and `answered` are brought up to date, whether or not the
 * status is written.
 */
void import_record_make(struct arena *arena, struct import_view *view, const struct check_result *results,
                        size_t count, struct import_change *ret);

#endif
