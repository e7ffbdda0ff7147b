/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/host.h"

#include "test.h"

static struct timer_queue timers;
static int started;

static const struct credential_fingerprint nobody;
static const struct credential_fingerprint somebody = {{1}};

static void on_turn(struct registry_turn *turn)
{
    (void)turn;
    started++;
}

static struct registry_hosts *hosts_with(int connections_max, int rate_max, size_t queue_max)
{
    const struct registry_limits limits = {connections_max, rate_max, queue_max};

    started = 0;
    return registry_hosts_new(&limits, &timers);
}

static void free_all(struct registry_hosts *hosts)
{
    registry_hosts_free(hosts);
    timer_queue_release(&timers);
}

TEST(turns_run_in_order_up_to_the_limit)
{
    struct registry_hosts *hosts = hosts_with(2, 1000, 4);
    struct registry_host *host = registry_hosts_get(hosts, STR("r.example"), 0);
    struct registry_turn turns[5] = {
        {.run = on_turn}, {.run = on_turn}, {.run = on_turn}, {.run = on_turn}, {.run = on_turn}};

    for (int i = 0; i < 4; i++)
        CHECK(registry_host_take_turn(host, &turns[i], 0));
    CHECK(!registry_host_take_turn(host, &turns[4], 0));
    CHECK(started == 2 && turns[1].state == TURN_RUNNING && turns[2].state == TURN_WAITING);
    registry_host_end_turn(host, &turns[3], 0); /* one that waits goes */
    registry_host_end_turn(host, &turns[0], 0);
    CHECK(started == 3 && turns[2].state == TURN_RUNNING);
    registry_host_end_turn(host, &turns[1], 0);
    registry_host_end_turn(host, &turns[2], 0);
    CHECK(host->running == 0 && host->queued == 0);
    free_all(hosts);
}

TEST(requests_a_second_are_limited)
{
    struct registry_hosts *hosts = hosts_with(100, 2, 100);
    struct registry_host *host = registry_hosts_get(hosts, STR("r.example"), 0);
    struct registry_turn turns[4] = {{.run = on_turn}, {.run = on_turn}, {.run = on_turn}, {.run = on_turn}};

    for (int i = 0; i < 4; i++)
        CHECK(registry_host_take_turn(host, &turns[i], 0));
    CHECK(started == 2);
    registry_host_count_request(host, &turns[0], 0); /* paid at the start */
    CHECK(timer_queue_wait(&timers, 0, 9999) > 400);
    timer_queue_run(&timers, 510);
    CHECK(started == 3);
    registry_host_count_request(host, &turns[0], 510); /* its second */
    timer_queue_run(&timers, 1100);
    CHECK(started == 3);
    timer_queue_run(&timers, 1600);
    CHECK(started == 4);
    for (int i = 0; i < 4; i++)
        registry_host_end_turn(host, &turns[i], 1200);
    free_all(hosts);
}

static void fail_once(struct registry_host *host, int64_t now_ms)
{
    struct registry_turn turn = {.run = on_turn};

    CHECK(registry_host_closed_for(host, &nobody, now_ms) == 0);
    CHECK(registry_host_take_turn(host, &turn, now_ms));
    registry_host_failed(host, now_ms);
    registry_host_end_turn(host, &turn, now_ms);
}

TEST(the_breaker_opens_probes_and_closes)
{
    struct registry_hosts *hosts = hosts_with(10, 1000, 10);
    struct registry_host *host = registry_hosts_get(hosts, STR("r.example"), 0);
    struct registry_turn probe = {.run = on_turn};

    for (int i = 0; i < REGISTRY_FAILURES_MAX; i++)
        fail_once(host, 0);
    CHECK(registry_host_closed_for(host, &nobody, 0) == REGISTRY_BREAK_MS);
    CHECK(registry_host_closed_for(host, &somebody, 0) == REGISTRY_BREAK_MS);
    fail_once(host, 5000); /* half open: one probe, which fails */
    CHECK(registry_host_closed_for(host, &nobody, 5000) == 2 * REGISTRY_BREAK_MS);
    CHECK(registry_host_take_turn(host, &probe, 15000));
    CHECK(probe.probe && registry_host_closed_for(host, &nobody, 15000) > 0); /* nobody else meanwhile */
    registry_host_succeeded(host);
    registry_host_end_turn(host, &probe, 15000);
    CHECK(registry_host_closed_for(host, &nobody, 15000) == 0);
    free_all(hosts);
}

TEST(a_success_begins_the_count_anew)
{
    struct registry_hosts *hosts = hosts_with(10, 1000, 10);
    struct registry_host *host = registry_hosts_get(hosts, STR("r.example"), 0);

    for (int i = 0; i < 3 * REGISTRY_FAILURES_MAX; i++) {
        fail_once(host, 0);
        if (i % 3 == 0)
            registry_host_succeeded(host);
    }
    CHECK(registry_host_closed_for(host, &nobody, 0) == 0);
    free_all(hosts);
}

TEST(a_pause_is_its_credentials_own_and_capped)
{
    struct registry_hosts *hosts = hosts_with(10, 1000, 10);
    struct registry_host *host = registry_hosts_get(hosts, STR("r.example"), 0);

    registry_host_hold(host, &somebody, INT64_C(1) << 50, 1000);
    CHECK(registry_host_closed_for(host, &somebody, 1000) == REGISTRY_HOLD_MAX_MS);
    CHECK(registry_host_closed_for(host, &nobody, 1000) == 0);
    for (unsigned char i = 2; i <= REGISTRY_HOLDS_MAX; i++) {
        struct credential_fingerprint another = {{i}};

        registry_host_hold(host, &another, 60000, 1000);
    }
    CHECK(registry_host_closed_for(host, &nobody, 1000) == 0);
    registry_host_hold(host, &nobody, 60000, 1000); /* no room: the host pauses for all */
    CHECK(registry_host_closed_for(host, &nobody, 1000) == 60000);
    registry_host_hold(host, NULL, INT64_C(1) << 50, 1000);
    CHECK(registry_host_closed_for(host, &nobody, 1000) == REGISTRY_PAUSE_MAX_MS);
    free_all(hosts);
}

TEST(hosts_are_bounded_and_pauses_outlast_strangers)
{
    struct registry_hosts *hosts = hosts_with(10, 1000, 10);
    struct registry_host *paused = registry_hosts_get(hosts, STR("paused.example"), 0);
    struct registry_host *busy = registry_hosts_get(hosts, STR("busy.example"), 0);
    struct registry_turn turn = {.run = on_turn};
    char name[32];

    registry_host_hold(paused, NULL, 60000, 0);
    CHECK(registry_host_take_turn(busy, &turn, 0));
    for (int i = 0; i < 2 * REGISTRY_HOSTS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "h%d.example", i);
        CHECK(registry_hosts_get(hosts, str_from_c(name), i) != NULL);
    }
    CHECK(registry_hosts_get(hosts, STR("paused.example"), 1) == paused);
    CHECK(registry_hosts_get(hosts, STR("busy.example"), 1) == busy);
    registry_host_end_turn(busy, &turn, 1);
    free_all(hosts);
}

TEST_MAIN()
