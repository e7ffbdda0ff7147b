/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_SUGGESTION_H
#define WEIR_CMD_LINE_SUGGESTION_H

#include "base/str.h"

/* "did you mean": of the names offered one after another, the one nearest to what was typed. */
struct suggestion {
    struct str typed;
    const char *name; /* the nearest so far; NULL while none is near enough to be a slip */
    size_t distance;
};

void suggestion_init(struct suggestion *suggestion, struct str typed);
void suggestion_offer(struct suggestion *suggestion, const char *name);
#endif
