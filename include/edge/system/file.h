/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SYSTEM_FILE_H
#define WEIR_EDGE_SYSTEM_FILE_H

#include "base/error.h"

/*
 * Whole files, bounded. Errors name the path: ERROR_NOT_FOUND, ERROR_INVALID
 * with the system's reason, ERROR_TOO_LARGE. *ret is from malloc().
 */

/* What a path may be: a regular file, or a pipe too, whose writer is waited for FILE_PIPE_WAIT_MS at most. */
enum file_kind { FILE_REGULAR, FILE_OR_PIPE };

enum { FILE_PIPE_WAIT_MS = 60000 };

MUST_CHECK int file_read(const char *path, enum file_kind kind, size_t max, struct str *ret,
                         struct error *err);

/* What is left of an open file that messages call `name`; waits for its writer as long as that takes. */
MUST_CHECK int file_read_open(int fd, const char *name, size_t max, struct str *ret, struct error *err);

/* A file of /proc or /sys, into `buffer`; cut at its size, empty where it cannot be read. */
struct str file_read_small(const char *path, char *buffer, size_t size);

#endif
