/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_FILE_REPLACE_H
#define WEIR_CMD_LINE_FILE_REPLACE_H

#include "base/arena.h"
#include "base/error.h"

/*
 * The file's content becomes `text` at once or not at all: a new file beside
 * it, flushed to the disk, takes its place, with its mode, ACL, extended
 * attributes, group and, where we may, owner. Of a symbolic link the file it
 * leads to is replaced; another hard link keeps the old content.
 */
MUST_CHECK int file_replace(struct arena *arena, const char *path, struct str text, struct error *err);

#endif
