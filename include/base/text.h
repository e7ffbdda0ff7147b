/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_TEXT_H
#define WEIR_BASE_TEXT_H

#include "base/arena.h"

/*
 * Growing text in an arena, with a mandatory limit. Past the limit nothing
 * more is added and `too_long` stays set, so that only the end need be checked.
 */
struct text {
    struct arena *arena;
    char *ptr;
    size_t len;
    size_t size; /* bytes at ptr; never above limit */
    size_t limit;
    bool too_long;
};

static inline void text_init(struct text *text, struct arena *arena, size_t limit)
{
    *text = (struct text){.arena = arena, .limit = limit};
}

/* The same with room for `size` bytes at once, where it is known about how long it gets. */
static inline void text_init_sized(struct text *text, struct arena *arena, size_t limit, size_t size)
{
    text_init(text, arena, limit);
    text->size = size < limit ? size : limit;
    text->ptr = (char *)arena_alloc(arena, text->size);
}

/* The parts of text_reserve() and text_add() that grow. */
char *text_reserve_growing(struct text *text, size_t more);
void text_add_growing(struct text *text, struct str s);

/*
 * Room for `more` bytes behind what is there, or NULL (and too_long); the caller
 * adds to `len` what it wrote.
 */
static inline char *text_reserve(struct text *text, size_t more)
{
    if (text->size - text->len >= more && text->ptr)
        return text->ptr + text->len;
    return text_reserve_growing(text, more);
}

static inline void text_add(struct text *text, struct str s)
{
    if (text->size - text->len < s.len || s.len == 0) {
        text_add_growing(text, s);
        return;
    }
    str_copy(text->ptr + text->len, s);
    text->len += s.len;
}

/* The same for a literal, whose length the compiler knows. */
#define text_add_literal(text, literal) text_add_known((text), (literal), sizeof(literal) - 1)

__attribute__((always_inline)) static inline void text_add_known(struct text *text, const char *ptr,
                                                                 size_t len)
{
    if (text->size - text->len < len) {
        text_add_growing(text, (struct str){ptr, len});
        return;
    }
    memcpy(text->ptr + text->len, ptr, len);
    text->len += len;
}

void text_add_c(struct text *text, const char *s);
static inline void text_add_char(struct text *text, char c)
{
    if (text->size == text->len)
        text_add_growing(text, (struct str){&c, 1});
    else
        text->ptr[text->len++] = c;
}

void text_add_uint(struct text *text, uint64_t value);
/* The digits alone, in the arena or static. */
struct str text_of_uint(struct arena *arena, uint64_t value);
void text_add_int(struct text *text, int64_t value);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *text, const char *format, ...);
/* What is there so far; valid until the next addition. */
static inline struct str text_str(const struct text *text)
{
    return (struct str){text->ptr, text->len};
}

#endif
