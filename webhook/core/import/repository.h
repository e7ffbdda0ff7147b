/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_REPOSITORY_H
#define WEIR_CORE_IMPORT_REPOSITORY_H

#include "core/import/check.h"
#include "core/import/settling.h"

/*
 * spec.dockerImageRepository: all tags of a repository are the stream's. A listing
 * chooses among them: none of "sha256-…" (signatures and the like), those that a
 * glob of weir.dev/match matches, and of these the first so many: "latest", versions
 * from the highest down, names. Each one that the spec does not have becomes a
 * status tag with the repository's source, which makes it one to be checked. One
 * that is chosen no more keeps its record, and is not asked for any more.
 */

/* Takes what a listing came to. */
void repository_take(struct settling *settling, const struct check_result *result);
/* Settles what needs no listing: no repository is named, or none that can be asked for. */
void repository_settle(struct settling *settling);
/* The last listing was of the repository that is named now, and succeeded. */
bool repository_is_listed(struct settling *settling);

#endif
