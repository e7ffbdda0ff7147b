/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/leader_lease.h"

#include "test.h"
#include "unit/edge/kube/fake_kube.h"

#include <stdatomic.h>
#include <time.h>

/* One candidate against an API server that keeps a Lease and loses, refuses or forgets on demand. */
enum {
    WAIT_MS = 60000,
    DURATION_MS = 120000, /* longer than any test: what is lost, a test has taken away */
    RENEW_MS = 100000,
    SHORT_RENEW_MS = 2000,
    RETRY_MS = 50,
};

struct candidate {
    atomic_int gained;
    atomic_int lost;
    atomic_int released;
    atomic_bool early; /* told of before it was started */
    atomic_int_fast64_t lost_ms;
    struct kube_config config;
    struct leader_lease_options options;
    struct outbound *outbound;
    struct outbound_job begin;
    struct outbound_job release;
    struct kube_client *client;
    struct leader_lease *lease;
};

static struct fake_kube fake;

static void on_gained(void *ctx)
{
    struct candidate *candidate = ctx;

    if (!candidate->lease || leader_lease_left_ms(candidate->lease) == 0)
        atomic_store(&candidate->early, true);
    atomic_fetch_add(&candidate->gained, 1);
}

static void on_lost(void *ctx)
{
    struct candidate *candidate = ctx;

    atomic_store(&candidate->lost_ms, monotonic_ms());
    atomic_fetch_add(&candidate->lost, 1);
}

static void on_released(void *ctx)
{
    struct candidate *candidate = ctx;

    atomic_fetch_add(&candidate->released, 1);
}

static void begin(struct outbound_job *job)
{
    static const struct leader_lease_events events = {on_gained, on_lost};
    struct candidate *candidate =
        (struct candidate *)(void *)((char *)job - offsetof(struct candidate, begin));

    candidate->client = kube_client_new(candidate->outbound, &candidate->config);
    candidate->lease = leader_lease_start(candidate->client, &candidate->options, &events, candidate);
}

static void release(struct outbound_job *job)
{
    struct candidate *candidate =
        (struct candidate *)(void *)((char *)job - offsetof(struct candidate, release));

    leader_lease_release(candidate->lease, on_released, candidate);
}

static void on_stop(void *ctx)
{
    struct candidate *candidate = ctx;

    leader_lease_stop(candidate->lease);
    kube_client_free(candidate->client);
}

static struct candidate *candidate_start_with(int64_t renew_ms)
{
    static char server[64];
    struct candidate *candidate = calloc(1, sizeof(*candidate));

    (void)snprintf(server, sizeof(server), "http://127.0.0.1:%d", fake.port);
    candidate->config.server = server;
    candidate->options = (struct leader_lease_options){.namespace = STR("n"),
                                                       .name = STR("l"),
                                                       .identity = STR("us"),
                                                       .timing = {DURATION_MS, renew_ms, RETRY_MS},
                                                       .seed = 7};
    candidate->begin.run = begin;
    candidate->release.run = release;
    candidate->outbound = outbound_start();
    outbound_at_end(candidate->outbound, on_stop, candidate);
    outbound_post(candidate->outbound, &candidate->begin);
    return candidate;
}

static struct candidate *candidate_start(void)
{
    return candidate_start_with(RENEW_MS);
}

static void candidate_end(struct candidate *candidate)
{
    outbound_stop(candidate->outbound);
    CHECK(!candidate->early);
    free(candidate);
}

static bool reaches(atomic_int *count, int wanted)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    int64_t end = monotonic_ms() + WAIT_MS;

    while (atomic_load(count) < wanted && monotonic_ms() < end)
        (void)nanosleep(&pause, NULL);
    return atomic_load(count) == wanted;
}

/* So many requests more: attempts go on. */
static bool goes_on(int more)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    int64_t end = monotonic_ms() + WAIT_MS;
    int wanted = fake_kube_count(&fake, "other") + more;

    while (fake_kube_count(&fake, "other") < wanted && monotonic_ms() < end)
        (void)nanosleep(&pause, NULL);
    return fake_kube_count(&fake, "other") >= wanted;
}

static bool is_held_by(const char *name)
{
    char holder[64];

    fake_kube_ask(&fake, "lease", holder, sizeof(holder));
    return strcmp(holder, name) == 0;
}

TEST(who_is_alone_leads_once_renews_and_gives_the_lease_up_when_told)
{
    struct candidate *candidate;

    fake = fake_kube_start(NULL);
    candidate = candidate_start();
    CHECK(reaches(&candidate->gained, 1));
    CHECK(leader_lease_state(candidate->lease).leading);
    CHECK(goes_on(8));
    CHECK(is_held_by("us"));
    CHECK(candidate->gained == 1 && candidate->lost == 0);
    CHECK(leader_lease_state(candidate->lease).failures == 0);
    outbound_post(candidate->outbound, &candidate->release);
    CHECK(reaches(&candidate->released, 1));
    CHECK(is_held_by(""));
    CHECK(!leader_lease_state(candidate->lease).leading);
    CHECK(candidate->lost == 0);
    candidate_end(candidate);
    fake_kube_stop(&fake);
}

TEST(another_holder_is_waited_for_as_long_as_it_said_whatever_its_clock_says)
{
    struct candidate *candidate;
    int64_t began;

    fake = fake_kube_start(NULL);
    fake_kube_tell(&fake, "hold?by=them");
    began = monotonic_ms();
    candidate = candidate_start();
    CHECK(goes_on(4));
    CHECK(candidate->gained == 0 || monotonic_ms() - began >= 1000);
    CHECK(reaches(&candidate->gained, 1));
    CHECK(monotonic_ms() - began >= 1000); /* of the record; that it is years old does not count */
    CHECK(is_held_by("us"));
    candidate_end(candidate);
    fake_kube_stop(&fake);
}

TEST(a_write_that_comes_second_is_no_failure_and_makes_no_leader)
{
    struct candidate *candidate;

    fake = fake_kube_start(NULL);
    fake_kube_tell(&fake, "next?lease=409");
    candidate = candidate_start();
    CHECK(reaches(&candidate->gained, 1));
    CHECK(leader_lease_state(candidate->lease).failures == 0);
    candidate_end(candidate);
    fake_kube_stop(&fake);
}

/* The first write is done, but its answer never comes: sent again it comes second, and counts once it is
 * read. */
TEST(a_write_whose_answer_is_lost_is_found_by_the_next_look)
{
    struct candidate *candidate;

    fake = fake_kube_start(NULL);
    fake_kube_tell(&fake, "next?lease=lost");
    candidate = candidate_start();
    CHECK(reaches(&candidate->gained, 1));
    CHECK(is_held_by("us"));
    CHECK(candidate->gained == 1 && candidate->lost == 0);
    candidate_end(candidate);
    fake_kube_stop(&fake);
}

TEST(failures_that_end_in_time_cost_no_leadership)
{
    struct candidate *candidate;

    fake = fake_kube_start(NULL);
    candidate = candidate_start();
    CHECK(reaches(&candidate->gained, 1));
    for (int i = 0; i < 3; i++)
        fake_kube_tell(&fake, "next?lease=500");
    CHECK(goes_on(12));
    CHECK(candidate->lost == 0 && candidate->gained == 1);
    CHECK(leader_lease_state(candidate->lease).failures == 3);
    candidate_end(candidate);
    fake_kube_stop(&fake);
}

TEST(without_its_server_a_leader_ends_before_others_may_begin_and_leads_again_afterwards)
{
    struct candidate *candidate;
    int64_t stopped;

    fake = fake_kube_start(NULL);
    candidate = candidate_start_with(SHORT_RENEW_MS);
    CHECK(reaches(&candidate->gained, 1));
    fake_kube_tell(&fake, "stop");
    stopped = monotonic_ms();
    CHECK(reaches(&candidate->lost, 1));
    /* its last renewal was sent before the server stopped */
    CHECK_ROW(candidate->lost_ms - stopped < DURATION_MS, "%lld ms",
              (long long)(candidate->lost_ms - stopped));
    CHECK(!leader_lease_state(candidate->lease).leading);
    fake_kube_tell(&fake, "start");
    CHECK(reaches(&candidate->gained, 2));
    candidate_end(candidate);
    fake_kube_stop(&fake);
}

TEST(whoever_finds_anothers_name_stops_at_once_and_gives_up_nothing_of_theirs)
{
    struct candidate *candidate;

    fake = fake_kube_start(NULL);
    candidate = candidate_start();
    CHECK(reaches(&candidate->gained, 1));
    fake_kube_tell(&fake, "hold?by=them");
    CHECK(reaches(&candidate->lost, 1));
    outbound_post(candidate->outbound, &candidate->release);
    CHECK(reaches(&candidate->released, 1));
    CHECK(is_held_by("them"));
    candidate_end(candidate);
    fake_kube_stop(&fake);
}

TEST_MAIN()
