/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_OUTBOUND_TIMER_QUEUE_H
#define WEIR_EDGE_OUTBOUND_TIMER_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Moments at which something shall happen: a binary heap of timers that live
 * in their owners' memory. One owning thread. A zeroed timer is not set.
 */
struct timer {
    int64_t at_ms;
    void (*run)(struct timer *timer);
    size_t place; /* in the heap, from 1; 0: not set */
};

struct timer_queue {
    struct timer **heap;
    size_t count;
    size_t size;
};

/* Sets or moves. */
void timer_queue_set(struct timer_queue *queue, struct timer *timer, int64_t at_ms);
void timer_queue_clear(struct timer_queue *queue, struct timer *timer); /* not set: does nothing */
/* Runs what is due; each timer is cleared before it runs. */
void timer_queue_run(struct timer_queue *queue, int64_t now_ms);
/* Milliseconds until the next one, 0 if overdue, `most` if it is later or there is none. */
int timer_queue_wait(const struct timer_queue *queue, int64_t now_ms, int most);
void timer_queue_release(struct timer_queue *queue);

#endif
