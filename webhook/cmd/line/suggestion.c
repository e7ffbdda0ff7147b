/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/suggestion.h"

#include <string.h>

enum { SUGGESTION_TEXT_MAX = 64 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t edit_distance(struct str a, struct str b)
{
    /* three rows of the table: two back (for swaps), one back, this one */
    size_t rows[3][SUGGESTION_TEXT_MAX + 1] = {{0}};

    a = str_slice(a, 0, SUGGESTION_TEXT_MAX);
    b = str_slice(b, 0, SUGGESTION_TEXT_MAX);
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);

            row[j] = smaller(change, smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                row[j] = smaller(row[j], rows[(i + 1) % 3][j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

void suggestion_init(struct suggestion *suggestion, struct str typed)
{
    /* one slip in three letters is still a slip */
    *suggestion = (struct suggestion){.typed = typed, .distance = typed.len / 3 + 2};
}

void suggestion_offer(struct suggestion *suggestion, const char *name)
{
    struct str text = str_from_c(name);
    size_t distance = edit_distance(suggestion->typed, text);

    if (suggestion->typed.len > 2 && str_starts(text, suggestion->typed))
        distance = 1;
    if (distance < suggestion->distance && distance < text.len) {
        suggestion->name = name;
        suggestion->distance = distance;
    }
}
