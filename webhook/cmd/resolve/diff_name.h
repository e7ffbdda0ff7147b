/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_RESOLVE_DIFF_NAME_H
#define WEIR_CMD_RESOLVE_DIFF_NAME_H

#include "base/arena.h"

/*
 * What a diff calls the file at `path`: without ".", ".." and double slashes,
 * which patch and git apply refuse. Relative to `directory`, the current one
 * (absolute), where the file is in it; else below the directory that a leading
 * ".." leads to, or below "/". By the text alone: links are not followed.
 */
struct str diff_name_of(struct arena *arena, struct str path, struct str directory);

#endif
