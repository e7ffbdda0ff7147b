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
    size_t size;
    size_t limit;
    bool too_long;
};

void text_init(struct text *text, struct arena *arena, size_t limit);
void text_add(struct text *text, struct str s);
void text_add_c(struct text *text, const char *s);
void text_add_char(struct text *text, char c);
void text_add_uint(struct text *text, uint64_t value);
void text_add_int(struct text *text, int64_t value);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *text, const char *format, ...);
/* What is there so far; valid until the next addition. */
struct str text_str(const struct text *text);

#endif
