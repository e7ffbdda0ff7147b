/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/suggestion.h"

#include "base/spelling.h"

void suggestion_init(struct suggestion *suggestion, struct str typed)
{
    /* one slip in three letters is still a slip */
    *suggestion = (struct suggestion){.typed = typed, .distance = typed.len / 3 + 2};
}

void suggestion_offer(struct suggestion *suggestion, const char *name)
{
    struct str text = str_from_c(name);
    size_t distance = spelling_distance(suggestion->typed, text);

    if (suggestion->typed.len > 2 && str_starts(text, suggestion->typed))
        distance = 1;
    if (distance < suggestion->distance && distance < text.len) {
        suggestion->name = name;
        suggestion->distance = distance;
    }
}
