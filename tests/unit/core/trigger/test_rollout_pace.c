/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/rollout_pace.h"

#include "test.h"

enum { PAUSE = 5000 };

static const struct rollout_wish refresh = {.record = 7};
static const struct rollout_wish image = {.record = 7, .rolls = true};
static const struct rollout_wish blank = {.record = 7, .rolls = true, .fills = true};

/* Waits as long as it is told to, and writes; false: it is stopped. */
static bool write_when_due(struct rollout_pace *pace, const struct rollout_wish *wish, int64_t *now)
{
    int64_t until = 0;

    switch (rollout_pace_ask(pace, wish, PAUSE, *now, &until)) {
    case ROLLOUT_STOPPED:
        return false;
    case ROLLOUT_WAIT:
        CHECK(until > *now);
        *now = until;
        break;
    case ROLLOUT_NOW:
        break;
    }
    CHECK(rollout_pace_ask(pace, wish, PAUSE, *now, &until) == ROLLOUT_NOW);
    rollout_pace_wrote(pace, wish, *now);
    return true;
}

TEST(writes_at_once_and_then_after_a_pause)
{
    struct rollout_pace pace = {0};
    int64_t now = 100;

    CHECK(write_when_due(&pace, &image, &now) && now == 100);
    rollout_pace_settle(&pace);
    CHECK(write_when_due(&pace, &(struct rollout_wish){.record = 8, .rolls = true}, &now) &&
          now == 100 + PAUSE);
}

TEST(tries_what_led_to_nothing_again_each_time_after_twice_as_long)
{
    static const int64_t at[] = {1000, 6000, 11000, 19000, 35000, 67000, 131000, 259000};
    struct rollout_pace pace = {0};
    int64_t now = 1000;

    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        CHECK(write_when_due(&pace, &refresh, &now));
        CHECK_ROW(now == at[i], "%zu: %lld", i, (long long)now);
    }
    for (int i = 0; i < 20; i++)
        CHECK(write_when_due(&pace, &refresh, &now));
    CHECK(write_when_due(&pace, &(struct rollout_wish){.record = 8}, &now));
}

TEST(stops_after_the_same_change_was_made_six_times)
{
    const struct rollout_wish *const rows[] = {&refresh, &image};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct rollout_pace pace = {0};
        int64_t now = 1000;

        for (int k = 0; k < ROLLOUT_LOOP_MAX; k++) {
            CHECK_ROW(write_when_due(&pace, rows[i], &now), "%zu", i);
            rollout_pace_settle(&pace);
            now += 86400000;
        }
        CHECK_ROW(!write_when_due(&pace, rows[i], &now), "%zu", i);
        CHECK_ROW(write_when_due(&pace, &(struct rollout_wish){.record = 8}, &now), "%zu", i);
    }
}

TEST(fills_a_blank_image_however_often)
{
    struct rollout_pace pace = {0};
    int64_t now = 1000;

    for (int k = 0; k < 3 * ROLLOUT_LOOP_MAX; k++) {
        CHECK(write_when_due(&pace, &blank, &now));
        rollout_pace_settle(&pace);
    }
    CHECK(!write_when_due(&pace, &image, &now));
}

TEST(waits_longer_after_each_failure)
{
    struct rollout_pace pace = {0};
    int64_t until = 0;

    rollout_pace_failed(&pace, 0, 1000);
    CHECK(rollout_pace_ask(&pace, &image, PAUSE, 1000, &until) == ROLLOUT_WAIT && until == 2000);
    rollout_pace_failed(&pace, 0, 2000);
    CHECK(rollout_pace_ask(&pace, &image, PAUSE, 2000, &until) == ROLLOUT_WAIT && until == 4000);
    rollout_pace_failed(&pace, 60000, 4000);
    CHECK(rollout_pace_ask(&pace, &image, PAUSE, 4000, &until) == ROLLOUT_WAIT && until == 64000);
    for (int i = 0; i < 100; i++)
        rollout_pace_failed(&pace, 0, 64000);
    CHECK(rollout_pace_ask(&pace, &image, PAUSE, 64000, &until) == ROLLOUT_WAIT &&
          until == 64000 + ROLLOUT_RETRY_MAX_MS);
    CHECK(rollout_pace_ask(&pace, &image, PAUSE, until, &until) == ROLLOUT_NOW);
    rollout_pace_wrote(&pace, &image, until);
    CHECK(pace.failures == 0);
}

TEST_MAIN()
