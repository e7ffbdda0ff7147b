/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text_pool.h"

#include <string.h>

enum {
    TEXT_POOL_BLOCK = 8192,
    TEXT_POOL_SHORT = 1024, /* longer ones get a piece of the arena for themselves */
};

void text_pool_init(struct text_pool *pool, struct arena *arena)
{
    *pool = (struct text_pool){.arena = arena};
}

static struct str copy(struct text_pool *pool, struct str text)
{
    char *at;

    if (text.len > TEXT_POOL_SHORT)
        return arena_str(pool->arena, text);
    if (text.len > pool->left) {
        pool->next = arena_alloc(pool->arena, TEXT_POOL_BLOCK);
        pool->left = TEXT_POOL_BLOCK;
    }
    at = pool->next;
    memcpy(at, text.ptr, text.len);
    pool->next += text.len;
    pool->left -= text.len;
    return (struct str){at, text.len};
}

struct str text_pool_keep(struct text_pool *pool, struct str text)
{
    struct str *recent;

    if (text.len == 0)
        return STR("");
    recent = &pool->recent[str_hash(text, 0) % TEXT_POOL_RECENT];
    if (!str_equal(*recent, text))
        *recent = copy(pool, text);
    return *recent;
}
