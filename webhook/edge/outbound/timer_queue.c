/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/timer_queue.h"

#include "base/memory.h"

#include <stdlib.h>

static void put(struct timer_queue *queue, size_t place, struct timer *timer)
{
    queue->heap[place - 1] = timer;
    timer->place = place;
}

static void rise(struct timer_queue *queue, struct timer *timer)
{
    size_t place = timer->place;

    while (place > 1 && queue->heap[place / 2 - 1]->at_ms > timer->at_ms) {
        put(queue, place, queue->heap[place / 2 - 1]);
        place /= 2;
    }
    put(queue, place, timer);
}

static void sink(struct timer_queue *queue, struct timer *timer)
{
    size_t place = timer->place;

    for (size_t child = place * 2; child <= queue->count; child = place * 2) {
        if (child < queue->count && queue->heap[child]->at_ms < queue->heap[child - 1]->at_ms)
            child++;
        if (queue->heap[child - 1]->at_ms >= timer->at_ms)
            break;
        put(queue, place, queue->heap[child - 1]);
        place = child;
    }
    put(queue, place, timer);
}

static void append(struct timer_queue *queue, struct timer *timer)
{
    if (queue->count == queue->size) {
        queue->size = queue->size ? queue->size * 2 : 64;
        queue->heap = memory_grow(queue->heap, queue->size * sizeof(struct timer *));
    }
    put(queue, ++queue->count, timer);
}

void timer_queue_set(struct timer_queue *queue, struct timer *timer, int64_t at_ms)
{
    timer_queue_clear(queue, timer);
    timer->at_ms = at_ms;
    append(queue, timer);
    rise(queue, timer);
}

void timer_queue_clear(struct timer_queue *queue, struct timer *timer)
{
    size_t place = timer->place;
    struct timer *last;

    if (place == 0)
        return;
    last = queue->heap[--queue->count];
    timer->place = 0;
    if (last == timer)
        return;
    put(queue, place, last);
    rise(queue, last);
    sink(queue, last);
}

void timer_queue_run(struct timer_queue *queue, int64_t now_ms)
{
    while (queue->count > 0 && queue->heap[0]->at_ms <= now_ms) {
        struct timer *timer = queue->heap[0];

        timer_queue_clear(queue, timer);
        timer->run(timer);
    }
}

int timer_queue_wait(const struct timer_queue *queue, int64_t now_ms, int most)
{
    int64_t wait;

    if (queue->count == 0)
        return most;
    wait = queue->heap[0]->at_ms - now_ms;
    if (wait < 0)
        return 0;
    return wait < most ? (int)wait : most;
}

void timer_queue_release(struct timer_queue *queue)
{
    free(queue->heap);
    *queue = (struct timer_queue){0};
}
