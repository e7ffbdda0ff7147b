/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SYSTEM_BACKOFF_H
#define WEIR_EDGE_SYSTEM_BACKOFF_H

#include <stdint.h>

/* How long to wait after failures in a row: doubled each time, up to a limit, from half to one and a half of
 * it. */
struct kube_backoff {
    int64_t first_ms;
    int64_t max_ms;
    int64_t next_ms;
    uint64_t random;
};

/* The same seed gives the same pauses. */
void kube_backoff_init(struct kube_backoff *backoff, int64_t first_ms, int64_t max_ms, uint64_t seed);
int64_t kube_backoff_next(struct kube_backoff *backoff);
/* It went well: the next failure is the first one. */
void kube_backoff_reset(struct kube_backoff *backoff);
/* From 0 to `below` - 1. */
int64_t kube_backoff_random(struct kube_backoff *backoff, int64_t below);

#endif
