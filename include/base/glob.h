/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_GLOB_H
#define WEIR_BASE_GLOB_H

#include "base/str.h"

/* `*` is any run of bytes, `/` included; `?` is one byte. The whole text must match. O(pattern * text). */
bool glob_match(struct str pattern, struct str text);
bool glob_has_wildcard(struct str pattern);

#endif
