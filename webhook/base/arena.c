/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum {
    ARENA_FIRST_CHUNK = 4096,
    ARENA_CHUNK_MAX = 1 << 20,
};

struct arena_chunk {
    struct arena_chunk *previous;
    size_t size;
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){.chunk_size = ARENA_FIRST_CHUNK};
}

void arena_init_buffer(struct arena *arena, void *buffer, size_t size)
{
    size_t skip = (ARENA_ALIGN - (uintptr_t)buffer % ARENA_ALIGN) % ARENA_ALIGN;

    arena_init(arena);
    if (size > skip) {
        arena->next = (char *)buffer + skip;
        arena->end = (char *)buffer + size;
    }
}

void arena_release(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunks;

    while (chunk) {
        struct arena_chunk *previous = chunk->previous;

        free(chunk);
        chunk = previous;
    }
    arena_init(arena);
}

static void add_chunk(struct arena *arena, size_t need)
{
    size_t header = (sizeof(struct arena_chunk) + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    size_t size = need > arena->chunk_size ? need : arena->chunk_size;
    struct arena_chunk *chunk = need > SIZE_MAX / 2 ? NULL : malloc(header + size);

    if (!chunk)
        abort();
    *chunk = (struct arena_chunk){.previous = arena->chunks, .size = size};
    arena->chunks = chunk;
    arena->next = (char *)chunk + header;
    arena->end = arena->next + size;
    if (arena->chunk_size < ARENA_CHUNK_MAX)
        arena->chunk_size *= 2;
}

void *arena_alloc_growing(struct arena *arena, size_t size)
{
    size_t rounded = size > SIZE_MAX / 2 ? size : (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    char *at;

    if (rounded > (size_t)(arena->end - arena->next) || !arena->next)
        add_chunk(arena, rounded);
    at = arena->next;
    arena->next += rounded;
    arena->used += rounded;
    return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    void *array;

    if (size != 0 && count > SIZE_MAX / 2 / size)
        abort();
    array = arena_alloc(arena, count * size);
    memset(array, 0, count * size);
    return array;
}

static bool extends_last(const struct arena *arena, const char *array, size_t old_size, size_t new_size)
{
    size_t rounded = (old_size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    size_t more = (new_size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN - rounded;

    return array && array + rounded == arena->next && more <= (size_t)(arena->end - arena->next);
}

void *arena_grow(struct arena *arena, void *array, size_t old_count, size_t new_count, size_t size)
{
    size_t old_size = old_count * size;
    char *grown = array;

    if (new_count < old_count || (size != 0 && new_count > SIZE_MAX / 4 / size))
        abort();
    if (extends_last(arena, array, old_size, new_count * size)) {
        size_t more = (new_count * size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN -
                      (old_size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;

        arena->next += more;
        arena->used += more;
    } else {
        grown = arena_alloc(arena, new_count * size);
        if (old_size)
            memcpy(grown, array, old_size);
    }
    memset(grown + old_size, 0, new_count * size - old_size);
    return grown;
}

struct str arena_str(struct arena *arena, struct str s)
{
    return s.len ? (struct str){arena_cstr(arena, s), s.len} : (struct str){"", 0};
}

char *arena_cstr(struct arena *arena, struct str s)
{
    char *copy = arena_alloc(arena, s.len + 1);

    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

struct str arena_concat(struct arena *arena, const struct str *parts, size_t count)
{
    size_t len = 0;
    char *copy;
    char *at;

    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    copy = at = arena_alloc(arena, len + 1);
    for (size_t i = 0; i < count; i++) {
        str_copy(at, parts[i]);
        at += parts[i].len;
    }
    *at = '\0';
    return (struct str){copy, len};
}
