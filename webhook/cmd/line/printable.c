/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/printable.h"

#include "base/utf8.h"

/* C0, DEL, and C1, which begins with 0xC2 in UTF-8. */
static bool is_control(struct str character)
{
    unsigned char first = (unsigned char)character.ptr[0];

    if (character.len == 2 && first == 0xC2)
        return (unsigned char)character.ptr[1] < 0xA0;
    return first < 0x20 || first == 0x7F;
}

int printable_print(struct str text, FILE *out)
{
    int columns = 0;
    size_t len;

    for (size_t i = 0; i < text.len; i += len) {
        len = utf8_sequence(str_from(text, i));
        if (len == 0 || is_control((struct str){text.ptr + i, len})) {
            columns += fprintf(out, "\\x%02x", (unsigned)(unsigned char)text.ptr[i]);
            len = 1;
            continue;
        }
        fwrite(text.ptr + i, 1, len, out);
        columns++;
    }
    return columns;
}
