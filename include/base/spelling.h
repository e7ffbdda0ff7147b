/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_SPELLING_H
#define WEIR_BASE_SPELLING_H

#include "base/str.h"

/*
 * How many letters must be inserted, removed, replaced or swapped with their
 * neighbour to make one word the other, letter case ignored. Words longer than
 * SPELLING_WORD_MAX are as far apart as can be.
 */
enum { SPELLING_WORD_MAX = 40 };

size_t spelling_distance(struct str a, struct str b);
/* Near enough that a person may have meant the other. */
bool spelling_is_near(struct str written, struct str known);

#endif
