/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_SOAK_H
#define WEIR_CORE_IMPORT_SOAK_H

#include "core/import/check.h"
#include "core/import/settling.h"

/*
 * weir.dev/soak: a new digest of a scheduled or notified check waits in `pending`
 * until it has been the tag's for that long without a break; then it becomes the
 * event. A check that fails is no break. What waits has no effect until then.
 */

/* An annotation that cannot be read: a new digest waits this long, rather than not at all. */
enum { SOAK_UNREADABLE = 24 * 3600 };

/* Takes the digest of a result; true where it waits, false where it is to be recorded now. */
bool soak_holds(struct settling *settling, struct recorded_tag *tag, const struct check_result *result,
                struct str reference);
/* What waits for a source that is no more is dropped; `until` follows the annotation. */
void soak_settle(struct settling *settling);

#endif
