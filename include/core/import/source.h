/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMPORT_SOURCE_H
#define WEIR_CORE_IMPORT_SOURCE_H

#include "core/import/view.h"

/*
 * What a tag of the spec is made from, in one line, as status.tags[].source
 * keeps it: "DockerImage docker.io/library/mariadb:10.2", then what else an
 * attempt depends on: " reference", " Legacy" (the import mode), " insecure".
 * Empty for a tag without `from`.
 */
struct str import_source_line(struct arena *arena, const struct import_view *view,
                              const struct stream_tag *tag);

/*
 * Whether an attempt for `source` was for the present one, `line`: they are
 * equal, or differ in `insecure` alone and the attempt succeeded.
 */
bool import_source_is_of(struct str line, struct str source, bool failed);

/*
 * The repository whose tags spec.dockerImageRepository makes the stream's, normalized: empty where it names
 * none. What names one that cannot be asked for (with a tag, a digest, no registry) gives an empty one, too.
 */
struct str import_source_repository(struct arena *arena, const struct import_view *view);
/* Its line in status.repository.source; empty where spec.dockerImageRepository is. */
struct str import_source_repository_line(struct arena *arena, const struct import_view *view);
/* The tag of the spec; else the one of that repository, as if the spec had it; NULL where there is neither.
 */
const struct stream_tag *import_source_tag(struct arena *arena, const struct import_view *view,
                                           struct str tag);
/* Whether a line ends in " insecure". */
bool import_source_is_insecure(struct str line);
/* Whether a recorded source is that tag of the repository, insecure or not. */
bool import_source_is_listed(struct arena *arena, const struct import_view *view,
                             const struct stream_tag *tag, struct str source);
/* Whether the spec leaves the tag to the repository. */
bool import_source_is_of_repository(const struct import_view *view, struct str tag);

#endif
