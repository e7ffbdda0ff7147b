/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_RECORD_H
#define WEIR_CORE_IMPORT_RECORD_H

#include "core/import/change.h"
#include "core/import/check.h"
#include "core/import/view.h"

/*
 * From what registries said to the stream's new status. The same function
 * settles what needs no registry: tags that follow other tags, mere names,
 * digests of a stream, tags that are gone from the spec, the conditions.
 *
 * Nothing that is recorded is lost: an event is put in front, and goes only where
 * the limits of the history say so. The same input gives the same status, and a
 * status that is up to date gives none.
 */

/*
 * Results whose source is not the tag's any more count for nothing, nor do any while
 * the stream is suspended. The view's memory is brought up to date (but for `held`), whether or not the
 * status is written.
 */
void import_record_make(struct arena *arena, struct import_view *view, const struct check_result *results,
                        size_t count, struct import_change *ret);

#endif
