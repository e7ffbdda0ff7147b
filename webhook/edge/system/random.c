/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getrandom */
#include "edge/system/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

uint64_t random_number(void)
{
    uint64_t number;
    ssize_t got;

    do
        got = getrandom(&number, sizeof(number), 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(number))
        abort(); /* a kernel without random numbers runs no TLS either */
    return number;
}
