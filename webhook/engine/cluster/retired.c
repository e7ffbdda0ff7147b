/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/retired.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

enum { ITEMS_FIRST = 16 };

void retired_add(struct retired *retired, const void *memory, void (*dispose)(void *memory))
{
    if (!memory)
        return;
    if (retired->count == retired->size) {
        size_t size = retired->size ? retired->size * 2 : ITEMS_FIRST;
        struct retired_item *items = memory_grow(retired->items, size * sizeof(*items));

        retired->items = items;
        retired->size = size;
    }
    retired->items[retired->count++] = (struct retired_item){(void *)(uintptr_t)memory, dispose};
}

void retired_dispose(struct retired *retired)
{
    for (size_t i = 0; i < retired->count; i++)
        retired->items[i].dispose(retired->items[i].memory);
    free(retired->items);
    *retired = (struct retired){NULL, 0, 0};
}
