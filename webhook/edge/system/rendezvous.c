/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/system/rendezvous.h"

#include <time.h>

void rendezvous_init(struct rendezvous *rendezvous)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&rendezvous->mutex, NULL);
    pthread_cond_init(&rendezvous->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    rendezvous->arrived = 0;
}

void rendezvous_release(struct rendezvous *rendezvous)
{
    pthread_cond_destroy(&rendezvous->changed);
    pthread_mutex_destroy(&rendezvous->mutex);
}

void rendezvous_arrive(struct rendezvous *rendezvous)
{
    pthread_mutex_lock(&rendezvous->mutex);
    rendezvous->arrived++;
    pthread_cond_broadcast(&rendezvous->changed);
    pthread_mutex_unlock(&rendezvous->mutex);
}

static struct timespec in_ms(int64_t ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(ms / 1000);
    at.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_nsec -= 1000000000L;
        at.tv_sec++;
    }
    return at;
}

bool rendezvous_wait(struct rendezvous *rendezvous, size_t count, int64_t timeout_ms)
{
    struct timespec until = in_ms(timeout_ms < 0 ? 0 : timeout_ms);
    int code = 0;

    pthread_mutex_lock(&rendezvous->mutex);
    while (rendezvous->arrived < count && code == 0)
        code = timeout_ms < 0 ? pthread_cond_wait(&rendezvous->changed, &rendezvous->mutex)
                              : pthread_cond_timedwait(&rendezvous->changed, &rendezvous->mutex, &until);
    bool all = rendezvous->arrived >= count;
    pthread_mutex_unlock(&rendezvous->mutex);
    return all;
}
