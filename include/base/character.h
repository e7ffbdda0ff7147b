/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_CHARACTER_H
#define WEIR_BASE_CHARACTER_H

#include <stdbool.h>

/* Kinds of ASCII characters, whatever the locale; a byte beyond ASCII is none of them. */

static inline bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool char_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool char_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* A letter of either case, or a digit. */
static inline bool char_is_alphanumeric(char c)
{
    return char_is_digit(c) || char_is_lower(c) || char_is_upper(c);
}

static inline bool char_is_lower_alphanumeric(char c)
{
    return char_is_digit(c) || char_is_lower(c);
}

/* Space, tab, carriage return, line feed: the white space of JSON, of HTTP and of YAML. */
static inline bool char_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline char char_lower(char c)
{
    return char_is_upper(c) ? (char)(c | 0x20) : c;
}

/* What a hexadecimal digit of either case stands for, or -1. */
static inline int char_hex_value(char c)
{
    if (char_is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
