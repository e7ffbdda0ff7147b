/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/system/backoff.h"

#include "test.h"

TEST(pauses_double_up_to_the_limit_give_or_take_a_half)
{
    static const int64_t middles[] = {100, 200, 400, 800, 1000, 1000, 1000};
    struct backoff backoff;

    for (uint64_t seed = 0; seed < 200; seed++) {
        backoff_init(&backoff, 100, 1000, seed);
        for (size_t i = 0; i < ARRAY_LEN(middles); i++) {
            int64_t pause = backoff_next(&backoff);

            CHECK_ROW(pause >= middles[i] / 2 && pause <= middles[i] * 3 / 2, "%zu: %d", i, (int)pause);
        }
        backoff_reset(&backoff);
        CHECK(backoff_next(&backoff) <= 150);
    }
}

TEST(seeds_differ_and_each_gives_the_same_again)
{
    struct backoff a;
    struct backoff again;
    struct backoff other;
    int same = 0;

    backoff_init(&a, 100, 1000000, 1);
    backoff_init(&again, 100, 1000000, 1);
    backoff_init(&other, 100, 1000000, 2);
    for (int i = 0; i < 10; i++) {
        int64_t pause = backoff_next(&a);

        CHECK(pause == backoff_next(&again));
        same += pause == backoff_next(&other);
    }
    CHECK(same < 3);
    CHECK(backoff_random(&a, 0) == 0 && backoff_random(&a, 1) == 0);
}

TEST_MAIN()
