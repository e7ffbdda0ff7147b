/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/controller/moving_duty.h"

#include "base/memory.h"
#include "edge/system/random.h"

/* The outbound thread */

static struct str *hosts_of(struct arena *arena, const struct option_list *list)
{
    struct str *hosts = ARENA_ARRAY(arena, list->count + 1, struct str);

    for (size_t i = 0; i < list->count; i++)
        hosts[i] = str_from_c(list->items[i]);
    return hosts;
}

void moving_duty_begin(struct moving_duty *duty, struct arena *arena, struct kube_client *client)
{
    const struct controller_settings *settings = duty->settings;
    struct mover_options options = {
        .client = client,
        .policies = duty->slot,
        .registry_hosts = hosts_of(arena, &settings->registry_hosts),
        .registry_host_count = settings->registry_hosts.count,
        .pause_ms = settings->workload_pause,
        .rollouts_a_minute = settings->rollouts_a_minute,
        .identity = duty->identity,
        .log = duty->log,
    };
    uint64_t seed = random_number();

    duty->streams = options.streams = stream_table_new(duty->log);
    duty->mover = mover_new(&options, seed);
    stream_table_follow(duty->streams, client, seed);
}

void moving_duty_work(struct moving_duty *duty, const struct leader_lease *lease)
{
    mover_work(duty->mover, lease);
}

void moving_duty_rest(struct moving_duty *duty)
{
    mover_rest(duty->mover);
}

void moving_duty_end(struct moving_duty *duty)
{
    mover_rest(duty->mover);
    stream_table_free(duty->streams);
    mover_free(duty->mover);
}

static void policies_changed(struct outbound_job *job)
{
    struct moving_duty *duty = CONTAINER_OF(struct moving_duty, published, job);

    atomic_store(&duty->posted, false);
    mover_policies_changed(duty->mover);
}

/* The store's thread */

static void on_published(void *ctx)
{
    struct moving_duty *duty = ctx;

    if (!atomic_exchange(&duty->posted, true))
        outbound_post(duty->outbound, &duty->published);
}

/* The main thread */

void moving_duty_start(struct moving_duty *duty)
{
    const struct cluster_store_options options = {
        .config = duty->config,
        .slot = duty->slot,
        .log = duty->log,
        .without_streams = true,
        .on_published = on_published,
        .ctx = duty,
    };

    duty->published.run = policies_changed;
    duty->store = cluster_store_start(&options);
}

void moving_duty_stop(struct moving_duty *duty)
{
    cluster_store_stop(duty->store);
}

void moving_duty_release(struct moving_duty *duty)
{
    snapshot_slot_free(duty->slot);
    cluster_store_free(duty->store);
}

void moving_duty_write_metrics(void *ctx, struct text *out)
{
    mover_write_metrics(((struct moving_duty *)ctx)->mover, out);
}
