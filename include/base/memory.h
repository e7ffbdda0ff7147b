/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_MEMORY_H
#define WEIR_BASE_MEMORY_H

#include <stddef.h>

/*
 * Memory of its own for what no arena holds. It is there, or the process ends:
 * all that a peer can make grow has a limit with a name.
 */

/* Zeroed; of `count` 0, too. free() gives it back. */
void *memory_zeroed(size_t count, size_t size);
/* Not initialized. */
void *memory_bytes(size_t size);
/* `memory`, which may be NULL, in a place of `size` bytes. */
void *memory_grow(void *memory, size_t size);

/* The struct that has `member` at `pointer`. */
#define CONTAINER_OF(type, member, pointer) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
