/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_UTF8_H
#define WEIR_BASE_UTF8_H

#include "base/str.h"

/*
 * Length of the well-formed UTF-8 sequence (Unicode 15, table 3-7: no
 * overlongs, no surrogates, nothing above U+10FFFF) at the start of `s`;
 * 0 where there is none.
 */
size_t utf8_sequence(struct str s);
bool utf8_valid(struct str s);
/* Writes a code point; returns its 1 to 4 bytes. */
size_t utf8_encode(uint32_t code_point, char out[4]);
/* The byte order mark (U+FEFF) that editors put in front of a text; where the marks that begin at `at` end.
 */
#define UTF8_MARK "\xEF\xBB\xBF"
size_t utf8_skip_marks(struct str text, size_t at);

#endif
