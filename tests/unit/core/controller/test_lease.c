/* SPDX-License-Identifier: Apache-2.0 */
#include "core/controller/lease.h"
#include "test.h"

static const struct lease_timing timing = {.duration_ms = 15000, .renew_ms = 10000, .retry_ms = 2000};

static struct lease candidate(const char *identity)
{
    struct lease lease;

    lease_init(&lease, &timing, str_from_c(identity));
    return lease;
}

static struct lease_record record(const char *holder, const char *renewed)
{
    return (struct lease_record){.holder = str_from_c(holder),
                                 .duration_ms = 15000,
                                 .acquired = STR("2024-01-01T00:00:00.000000Z"),
                                 .renewed = str_from_c(renewed),
                                 .transitions = 1};
}

TEST(what_is_read_decides_what_is_done)
{
    const struct {
        const char *holder;
        int64_t duration_ms;
        int64_t seen_before_ms; /* how long ago the same record was first seen; below 0: never */
        enum lease_step want;
    } rows[] = {
        {"other", 15000, -1, LEASE_WAIT},    /* however old its times are */
        {"other", 15000, 14999, LEASE_WAIT}, /* */
        {"other", 15000, 15000, LEASE_TAKE}, /* */
        {"other", 60000, 15000, LEASE_WAIT}, /* the holder's duration counts */
        {"other", 1000, 1000, LEASE_TAKE},   /* */
        {"other", 0, 14999, LEASE_WAIT},     /* not said: ours */
        {"other", 0, 15000, LEASE_TAKE},     /* */
        {"", 15000, -1, LEASE_TAKE},         /* given up */
        {"me", 15000, -1, LEASE_RENEW},      /* written, although we never heard so */
        {"me", 15000, 100000, LEASE_RENEW},  /* */
        {"mee", 15000, -1, LEASE_WAIT},      /* */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct lease lease = candidate("me");
        struct lease_record read = record(rows[i].holder, "2001-01-01T00:00:00.000000Z");
        read.duration_ms = rows[i].duration_ms;
        if (rows[i].seen_before_ms >= 0)
            (void)lease_observe(&lease, &read, 1000000 - rows[i].seen_before_ms);
        CHECK_ROW(lease_observe(&lease, &read, 1000000) == rows[i].want, "row %zu", i);
        CHECK_ROW(lease_left_ms(&lease, 1000000) == 0, "row %zu: only a write makes a leader", i);
    }
}

TEST(where_there_is_none_it_is_made)
{
    struct lease lease = candidate("me");
    struct lease_record mine = record("me", "1");

    CHECK(lease_observe(&lease, NULL, 0) == LEASE_CREATE);
    lease_written(&lease, &mine, 10, 20);
    CHECK(lease_left_ms(&lease, 20) == 9990);
}

TEST(each_renewal_of_the_holder_begins_its_time_anew)
{
    struct lease lease = candidate("me");
    struct lease_record one = record("other", "1");
    struct lease_record two = record("other", "2");

    CHECK(lease_observe(&lease, &one, 0) == LEASE_WAIT);
    CHECK(lease_observe(&lease, &two, 14000) == LEASE_WAIT);
    CHECK(lease_observe(&lease, &two, 28999) == LEASE_WAIT);
    CHECK(lease_observe(&lease, &two, 29000) == LEASE_TAKE);
}

TEST(a_leader_that_cannot_renew_stops_before_another_can_start)
{
    struct lease leader = candidate("a");
    struct lease other = candidate("b");
    struct lease_record written = record("a", "1");

    /* Sent at 100, taken by the server at any time after, seen at once. */
    CHECK(lease_observe(&leader, NULL, 100) == LEASE_CREATE);
    lease_written(&leader, &written, 100, 900);
    CHECK(lease_observe(&other, &written, 100) == LEASE_WAIT);
    for (int64_t now = 100; now < 40000; now += 100) {
        bool acts = lease_left_ms(&leader, now) > 0;
        bool taken = lease_observe(&other, &written, now) == LEASE_TAKE;
        CHECK_ROW(!(acts && taken), "at %lld", (long long)now);
        CHECK_ROW(acts == (now < 10100) && taken == (now >= 15100), "at %lld", (long long)now);
    }
}

TEST(the_hold_ends_where_another_holder_is_seen)
{
    struct lease lease = candidate("a");
    struct lease_record mine = record("a", "1");
    struct lease_record theirs = record("b", "2");

    lease_written(&lease, &mine, 0, 1);
    CHECK(lease_observe(&lease, &mine, 2000) == LEASE_RENEW);
    CHECK(lease_left_ms(&lease, 2000) == 8000);
    CHECK(lease_observe(&lease, &theirs, 3000) == LEASE_WAIT);
    CHECK(lease_left_ms(&lease, 3000) == 0);
}

TEST(a_lease_that_vanishes_is_made_again_and_the_hold_goes_on)
{
    struct lease lease = candidate("a");
    struct lease_record mine = record("a", "1");

    lease_written(&lease, &mine, 0, 1);
    CHECK(lease_observe(&lease, NULL, 2000) == LEASE_CREATE);
    CHECK(lease_left_ms(&lease, 2000) == 8000);
}

TEST(a_lease_that_vanishes_does_not_end_its_holders_time)
{
    struct lease lease = candidate("b");
    struct lease_record theirs = record("a", "1");

    CHECK(lease_observe(&lease, &theirs, 1000) == LEASE_WAIT);
    CHECK(lease_observe(&lease, NULL, 3000) == LEASE_WAIT);
    CHECK(lease_observe(&lease, NULL, 15999) == LEASE_WAIT);
    CHECK(lease_observe(&lease, NULL, 16000) == LEASE_CREATE);
}

TEST(what_is_given_up_is_not_held)
{
    struct lease lease = candidate("a");
    struct lease_record mine = record("a", "1");

    lease_written(&lease, &mine, 0, 1);
    lease_drop(&lease);
    CHECK(lease_left_ms(&lease, 1) == 0);
}

TEST_MAIN()
