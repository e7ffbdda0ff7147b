/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_SCHEDULE_H
#define WEIR_CORE_IMPORT_SCHEDULE_H

#include "core/import/view.h"

/*
 * When scheduled tags are checked: at the moments that are h modulo the
 * interval, h a hash of the stream's uid and the tag. So the tags of a cluster
 * spread over the interval, and every replica and restart knows the same moments.
 */

/* Seconds between two checks of the tag; 0 where it is not scheduled. */
int64_t import_schedule_interval(const struct import_view *view, const struct stream_tag *tag);
/* The same for listings of the stream's repository; 0 where the stream has no annotation weir.dev/interval.
 */
int64_t import_schedule_listing_interval(const struct import_view *view);
/* Whether an annotation asks for a shorter interval than is allowed, or for none that can be read. */
bool import_schedule_is_refused(const struct import_view *view, struct str tag);
/* The first moment after `after`. */
int64_t import_schedule_after(const struct import_view *view, struct str tag, int64_t interval,
                              int64_t after);
/* What differs between tags, and is the same for every replica. */
uint64_t import_schedule_hash(const struct import_view *view, struct str tag);

#endif
