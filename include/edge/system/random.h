/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SYSTEM_RANDOM_H
#define WEIR_EDGE_SYSTEM_RANDOM_H

#include <stdint.h>

/* 64 bits of the kernel's random numbers: seeds of hashes, names, jitter. */
uint64_t random_number(void);

#endif
