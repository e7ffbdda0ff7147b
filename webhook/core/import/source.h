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

#endif
