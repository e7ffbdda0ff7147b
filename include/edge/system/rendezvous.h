/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SYSTEM_RENDEZVOUS_H
#define WEIR_EDGE_SYSTEM_RENDEZVOUS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A point that threads reach one by one, and that others wait for. */
struct rendezvous {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t arrived;
};

void rendezvous_init(struct rendezvous *rendezvous);
void rendezvous_release(struct rendezvous *rendezvous);
void rendezvous_arrive(struct rendezvous *rendezvous);
/* False where fewer than `count` came within `timeout_ms`; negative: waits for ever. */
bool rendezvous_wait(struct rendezvous *rendezvous, size_t count, int64_t timeout_ms);

#endif
