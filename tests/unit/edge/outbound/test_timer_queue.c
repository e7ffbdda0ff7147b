/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/timer_queue.h"

#include "test.h"

enum { TIMERS = 500 };

static struct timer_queue queue;
static int64_t last;
static int runs;

static void on_time(struct timer *timer)
{
    CHECK(timer->at_ms >= last && timer->place == 0);
    last = timer->at_ms;
    runs++;
}

TEST(timers_run_in_order_however_they_are_set_and_cleared)
{
    static struct timer timers[TIMERS];
    uint64_t random = 12345;

    last = 0;
    runs = 0;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < TIMERS; i++) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            timers[i].run = on_time;
            timer_queue_set(&queue, &timers[i], (int64_t)(random >> 44)); /* moves those that are set */
            if (random >> 40 & 1)
                timer_queue_clear(&queue, &timers[i]);
        }
    }
    CHECK(queue.count > 0 && queue.count < TIMERS);
    timer_queue_run(&queue, INT64_MAX);
    CHECK(queue.count == 0 && runs > 0);
    timer_queue_release(&queue);
}

TEST(waits_until_the_first_and_not_longer)
{
    struct timer a = {.run = on_time};
    struct timer b = {.run = on_time};

    last = 0;
    runs = 0;
    CHECK(timer_queue_wait(&queue, 0, 700) == 700);
    timer_queue_set(&queue, &a, 500);
    timer_queue_set(&queue, &b, 100);
    CHECK(timer_queue_wait(&queue, 0, 700) == 100);
    CHECK(timer_queue_wait(&queue, 200, 700) == 0);
    timer_queue_run(&queue, 100);
    CHECK(runs == 1 && timer_queue_wait(&queue, 100, 700) == 400);
    timer_queue_clear(&queue, &b); /* not set: nothing */
    timer_queue_run(&queue, 499);
    CHECK(runs == 1);
    timer_queue_run(&queue, 500);
    CHECK(runs == 2);
    timer_queue_release(&queue);
}

TEST_MAIN()
