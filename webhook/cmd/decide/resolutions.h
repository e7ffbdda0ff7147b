/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_DECIDE_RESOLUTIONS_H
#define WEIR_CMD_DECIDE_RESOLUTIONS_H

#include "base/value.h"
#include "core/stream/tag_answers.h"

/*
 * --resolutions FILE: what registries would answer, as one JSON map.
 *
 *     {"nginx:1.27": "sha256:…",          the tag's digest
 *      "docker.io/library/odoo": null,    the registry does not have it
 *      "r.example/app:1": {"failure": "not-now", "cause": "connection refused"}}
 *
 * A failure is "not-now" or "must-not"; `cause` is optional. Names are compared
 * normalized, with ":latest" where there is no tag. What is absent cannot be
 * asked now.
 */
enum { RESOLUTIONS_FILE_MAX = 16 << 20 };

/*
 * ERROR_INVALID, with line and name, for a name that is no image reference, has
 * a digest, or is there twice with two answers, and for a value that is none of the above. The
 * answers are the arena's; `closed` is not set.
 */
MUST_CHECK int resolutions_decode(struct arena *arena, const struct value *document, struct tag_answers *ret,
                                  struct error *err);
MUST_CHECK int resolutions_load(struct arena *arena, const char *path, struct tag_answers *ret,
                                struct error *err);

#endif
