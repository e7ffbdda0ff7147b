/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_CLOCK_H
#define WEIR_EDGE_KUBE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * An API server's clock, as far as the Date of its answers tells: a moment at
 * least that late was there when an answer came. So of all that was heard within
 * a minute the latest is nearest. Zero before use.
 */
enum { KUBE_CLOCK_MS = 60000 };

struct kube_clock {
    bool known;
    int64_t ahead_ms; /* of ours */
    int64_t heard_ms; /* by monotonic_ms() */
};

/* `date` in seconds since the epoch, 0: none. `local_ms` is our clock as the answer came. */
void kube_clock_hear(struct kube_clock *clock, int64_t date, int64_t local_ms, int64_t now_ms);
int64_t kube_clock_seconds(const struct kube_clock *clock, int64_t local_ms);
/* Milliseconds since the epoch by our own clock. */
int64_t kube_clock_local_ms(void);

#endif
