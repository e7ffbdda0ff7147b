/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/system/backoff.h"

#include "test.h"

TEST(pauses_double_up_to_the_limit_give_or_take_a_half)
{
    static const int64_t middles[] = {100, 200, 400, 800, 1000, 1000, 1000};
    struct kube_backoff backoff;

    for (uint64_t seed = 0; seed < 200; seed++) {
        kube_backoff_init(&backoff, 100, 1000, seed);
        for (size_t i = 0; i < ARRAY_LEN(middles); i++) {
            int64_t pause = kube_backoff_next(&backoff);

            CHECK_ROW(pause >= middles[i] / 2 && pause <= middles[i] * 3 / 2, "%zu: %d", i, (int)pause);
        }
        kube_backoff_reset(&backoff);
        CHECK(kube_backoff_next(&backoff) <= 150);
    }
}

TEST(seeds_differ_and_each_gives_the_same_again)
{
    struct kube_backoff a;
    struct kube_backoff again;
    struct kube_backoff other;
    int same = 0;

    kube_backoff_init(&a, 100, 1000000, 1);
    kube_backoff_init(&again, 100, 1000000, 1);
    kube_backoff_init(&other, 100, 1000000, 2);
    for (int i = 0; i < 10; i++) {
        int64_t pause = kube_backoff_next(&a);

        CHECK(pause == kube_backoff_next(&again));
        same += pause == kube_backoff_next(&other);
    }
    CHECK(same < 3);
    CHECK(kube_backoff_random(&a, 0) == 0 && kube_backoff_random(&a, 1) == 0);
}

TEST_MAIN()
