/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spelling.h"

#include "base/character.h"

#include <string.h>

typedef unsigned char distance_row[SPELLING_WORD_MAX + 1];

static bool same(struct str a, size_t i, struct str b, size_t k)
{
    return char_lower(a.ptr[i]) == char_lower(b.ptr[k]);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The row for a[0..i], from the two before it (optimal string alignment). */
static void next_row(struct str a, size_t i, struct str b, distance_row rows[3])
{
    unsigned char *row = rows[i % 3];
    const unsigned char *before = rows[(i + 2) % 3];
    const unsigned char *earlier = rows[(i + 1) % 3];

    row[0] = (unsigned char)i;
    for (size_t k = 1; k <= b.len; k++) {
        unsigned cost = before[k - 1] + !same(a, i - 1, b, k - 1);

        cost = least(cost, least(before[k], row[k - 1]) + 1U);
        if (i > 1 && k > 1 && same(a, i - 1, b, k - 2) && same(a, i - 2, b, k - 1))
            cost = least(cost, earlier[k - 2] + 1U);
        row[k] = (unsigned char)cost;
    }
}

size_t spelling_distance(struct str a, struct str b)
{
    distance_row rows[3];

    if (a.len > SPELLING_WORD_MAX || b.len > SPELLING_WORD_MAX)
        return SIZE_MAX;
    memset(rows, 0, sizeof(rows));
    for (size_t k = 0; k <= b.len; k++)
        rows[0][k] = (unsigned char)k;
    for (size_t i = 1; i <= a.len; i++)
        next_row(a, i, b, rows);
    return rows[a.len % 3][b.len];
}

bool spelling_is_near(struct str written, struct str known)
{
    return spelling_distance(written, known) <= (known.len > 4 ? 2U : 1U);
}
