/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_REMOVED_H
#define WEIR_CORE_IMPORT_REMOVED_H

#include "core/import/settling.h"

/*
 * Settles the tags that the spec does not have any more. Each keeps its events,
 * with removedSince and without what attempts left: admissions know no such tag.
 * Once none of its digests has been used for the image grace, it goes. A tag
 * that never had a source (others recorded it) is left as it is.
 */
void removed_settle(struct settling *settling);

#endif
