/* SPDX-License-Identifier: Apache-2.0 */
/* glob_match against the definition, tried out by a table. Input: pattern, newline, text. */
#include "base/glob.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GLOB_FUZZ_MAX = 200 };

/* Row by row: whether the first p bytes of the pattern match the first t of the text. */
static bool matches(struct str pattern, struct str text)
{
    static bool table[GLOB_FUZZ_MAX + 1][GLOB_FUZZ_MAX + 1];

    for (size_t p = 0; p <= pattern.len; p++) {
        for (size_t t = 0; t <= text.len; t++) {
            char c = p ? pattern.ptr[p - 1] : '\0';

            if (p == 0)
                table[p][t] = t == 0;
            else if (c == '*')
                table[p][t] = table[p - 1][t] || (t && table[p][t - 1]);
            else
                table[p][t] = t && table[p - 1][t - 1] && (c == '?' || c == text.ptr[t - 1]);
        }
    }
    return table[pattern.len][text.len];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct str pattern = str_cut(&text, '\n');

    if (pattern.len <= GLOB_FUZZ_MAX && text.len <= GLOB_FUZZ_MAX &&
        glob_match(pattern, text) != matches(pattern, text))
        abort();
    return 0;
}
