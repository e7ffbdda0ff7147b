/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/character_index.h"

#include "base/memory.h"

#include <stdlib.h>

enum { STEP = 256 };

static size_t width(char first)
{
    unsigned char c = (unsigned char)first;

    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

static size_t count_characters(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return count;
}

void character_index_init(struct character_index *index, struct str text)
{
    size_t count = count_characters(text);
    size_t number = 0;

    *index = (struct character_index){.text = text, .count = count};
    if (count == text.len)
        return;
    index->offsets = memory_zeroed(count / STEP + 1, sizeof(*index->offsets));
    for (size_t i = 0; i < text.len; i += width(text.ptr[i]), number++) {
        if (number % STEP == 0)
            index->offsets[number / STEP] = i;
    }
}

void character_index_release(struct character_index *index)
{
    free(index->offsets);
    index->offsets = NULL;
}

size_t character_index_offset(const struct character_index *index, size_t number)
{
    struct str text = index->text;
    size_t at;

    if (number >= index->count)
        return text.len;
    if (!index->offsets)
        return number;
    at = index->offsets[number / STEP];
    for (size_t i = number % STEP; i > 0 && at < text.len; i--)
        at += width(text.ptr[at]);
    return at;
}
