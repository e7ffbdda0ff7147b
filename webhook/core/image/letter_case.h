/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_IMAGE_LETTER_CASE_H
#define WEIR_CORE_IMAGE_LETTER_CASE_H

#include "base/str.h"

/*
 * Case of letters as the reference grammar sees it: Unicode 15's simple
 * lower-case mapping, as Go's strings.ToLower applies it.
 */

/*
 * True where lower-casing leaves every byte as it is. A byte that is not UTF-8
 * does not stay as it is (Go replaces it), so it is not lower case.
 */
bool letter_case_is_lower(struct str s);

/*
 * Lower-cases `s` into `out` (room for s.len bytes) as far as ASCII is
 * concerned: letters become lower case, also the two beyond ASCII that map into
 * it; any other character keeps its bytes. Returns the length.
 */
size_t letter_case_fold_ascii(struct str s, char *out);

#endif
