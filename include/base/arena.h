/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include "base/str.h"

/*
 * A bump allocator with one owner and one release. Allocation never returns
 * NULL: out of memory ends the process, which is acceptable because every size
 * a peer controls has a limit above it. Not thread-safe.
 */
struct arena_chunk;

struct arena {
    char *next;
    char *end;
    struct arena_chunk *chunks; /* from malloc; the caller's first buffer is not among them */
    size_t chunk_size;          /* of the next chunk; doubles up to 1 MiB */
    size_t used;                /* bytes handed out, for accounting */
};

/* Empty; the first allocation mallocs a chunk. */
void arena_init(struct arena *arena);
/* Serves from `buffer` first, which must outlive the arena. */
void arena_init_buffer(struct arena *arena, void *buffer, size_t size);
/* Frees every chunk; the arena is as after arena_init. */
void arena_release(struct arena *arena);

enum { ARENA_ALIGN = 16 };

/* The part of arena_alloc() that needs another chunk. */
__attribute__((malloc, returns_nonnull)) void *arena_alloc_growing(struct arena *arena, size_t size);

/* Uninitialized, aligned to ARENA_ALIGN. */
__attribute__((malloc, returns_nonnull)) static inline void *arena_alloc(struct arena *arena, size_t size)
{
    size_t left = (size_t)(arena->end - arena->next);
    size_t rounded = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    char *at = arena->next;

    if (size > left || rounded > left || !at)
        return arena_alloc_growing(arena, size);
    arena->next = at + rounded;
    arena->used += rounded;
    return at;
}

/* Zeroed array; `count * size` is checked. */
__attribute__((malloc, returns_nonnull)) void *arena_array(struct arena *arena, size_t count, size_t size);
/*
 * Grows an array that may be NULL from `old_count` to at least `new_count`
 * elements; in place where it is the last allocation. New elements are zeroed.
 */
__attribute__((returns_nonnull)) void *arena_grow(struct arena *arena, void *array, size_t old_count,
                                                  size_t new_count, size_t size);

#define ARENA_NEW(arena, type)          ((type *)arena_array((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

/* A copy that lives as long as the arena. */
struct str arena_str(struct arena *arena, struct str s);
/* The same, NUL-terminated. For paths and library calls that want C strings. */
char *arena_cstr(struct arena *arena, struct str s);
/* The parts one after another. `arena_join(a, STR("x"), y, z)`. */
struct str arena_concat(struct arena *arena, const struct str *parts, size_t count);
#define arena_join(arena, ...)                                                                               \
    arena_concat((arena), (const struct str[]){__VA_ARGS__},                                                 \
                 sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

#endif
