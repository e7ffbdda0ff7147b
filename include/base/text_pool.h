/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_TEXT_POOL_H
#define WEIR_BASE_TEXT_POOL_H

#include "base/arena.h"

/*
 * Keeps copies of many short texts in an arena: side by side, without padding,
 * and once where an equal one was kept not long ago. Nothing is NUL-terminated.
 */
enum { TEXT_POOL_RECENT = 256 };

struct text_pool {
    struct arena *arena;
    char *next;
    size_t left;
    struct str recent[TEXT_POOL_RECENT]; /* by hash, the latest of each */
};

void text_pool_init(struct text_pool *pool, struct arena *arena);
/* An equal text that lives as long as the arena; the empty text is never NULL. */
struct str text_pool_keep(struct text_pool *pool, struct str text);

#endif
