/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/clock.h"

#include <time.h>

void kube_clock_hear(struct kube_clock *clock, int64_t date, int64_t local_ms, int64_t now_ms)
{
    int64_t ahead_ms = date * 1000 - local_ms;

    if (date == 0 ||
        (clock->known && ahead_ms <= clock->ahead_ms && now_ms - clock->heard_ms < KUBE_CLOCK_MS))
        return;
    *clock = (struct kube_clock){true, ahead_ms, now_ms};
}

int64_t kube_clock_seconds(const struct kube_clock *clock, int64_t local_ms)
{
    return (local_ms + (clock->known ? clock->ahead_ms : 0)) / 1000;
}

int64_t kube_clock_local_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
