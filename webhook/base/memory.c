/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdlib.h>

static void *there(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void *memory_zeroed(size_t count, size_t size)
{
    return there(calloc(count ? count : 1, size));
}

void *memory_bytes(size_t size)
{
    return there(malloc(size ? size : 1));
}

void *memory_grow(void *memory, size_t size)
{
    return there(realloc(memory, size ? size : 1));
}
