/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/clock.h"

#include "test.h"

enum { LOCAL = 1000000 }; /* ms */

TEST(is_ours_before_an_answer)
{
    struct kube_clock clock = {.known = false};

    CHECK(kube_clock_seconds(&clock, LOCAL) == 1000);
    kube_clock_hear(&clock, 0, LOCAL, 1);
    CHECK(kube_clock_seconds(&clock, LOCAL) == 1000);
}

TEST(believes_the_latest_of_a_minute)
{
    struct kube_clock clock = {.known = false};

    kube_clock_hear(&clock, 1100, LOCAL, 1);
    CHECK(kube_clock_seconds(&clock, LOCAL) == 1100);
    /* an answer that was long under way, then one that was not */
    kube_clock_hear(&clock, 1100, LOCAL + 5000, 2);
    CHECK(kube_clock_seconds(&clock, LOCAL + 5000) == 1105);
    kube_clock_hear(&clock, 1107, LOCAL + 5000, 3);
    CHECK(kube_clock_seconds(&clock, LOCAL + 5000) == 1107);
}

TEST(forgets_after_a_minute)
{
    struct kube_clock clock = {.known = false};

    kube_clock_hear(&clock, 1100, LOCAL, 0);
    kube_clock_hear(&clock, 900, LOCAL, KUBE_CLOCK_MS - 1);
    CHECK(kube_clock_seconds(&clock, LOCAL) == 1100);
    kube_clock_hear(&clock, 900, LOCAL, KUBE_CLOCK_MS);
    CHECK(kube_clock_seconds(&clock, LOCAL) == 900);
}

TEST_MAIN()
