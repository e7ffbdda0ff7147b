/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_INPUT_H
#define WEIR_CMD_LINE_INPUT_H

#include "base/arena.h"
#include "base/error.h"

/*
 * All of a file, or with "-" of standard input, in the arena. ERROR_TOO_LARGE
 * beyond `limit` bytes; else ERROR_INVALID or ERROR_NOT_FOUND with the file's
 * name and why.
 */
MUST_CHECK int input_read(struct arena *arena, const char *path, size_t limit, struct str *ret,
                          struct error *err);

/* How messages call it: the path, or "standard input". */
const char *input_name(const char *path);

#endif
