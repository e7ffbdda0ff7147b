/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_UNESCAPE_H
#define WEIR_BASE_JSON_UNESCAPE_H

#include "base/arena.h"

/* What the inside of a string, whose escapes are known to be legal, stands for. In the arena. */
struct str json_unescape(struct arena *arena, struct str raw);

#endif
