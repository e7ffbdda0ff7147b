/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/controller/stream_duty.h"

#include "base/memory.h"
#include "edge/system/random.h"

#if defined(__x86_64__)
#define OWN_ARCHITECTURE "amd64"
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE "arm64"
#else
#define OWN_ARCHITECTURE ""
#endif

int stream_duty_parse_platform(const char *text, struct image_platform *ret, struct error *err)
{
    struct str rest = str_from_c(text);

    *ret = (struct image_platform){.os = STR("linux"), .architecture = STR(OWN_ARCHITECTURE)};
    if (!text)
        return 0;
    ret->os = str_cut(&rest, '/');
    ret->architecture = str_cut(&rest, '/');
    ret->variant = str_cut(&rest, '/');
    if (ret->os.len == 0 || ret->architecture.len == 0 || rest.ptr)
        return error_set(err, ERROR_INVALID, "--platform \"%s\" is none: expected one such as linux/amd64",
                         text);
    return 0;
}

/* The outbound thread */

static struct import_settings import_settings(const struct controller_settings *settings)
{
    return (struct import_settings){
        .interval = settings->import_interval / 1000,
        .interval_min = settings->minimum_interval / 1000,
        .retry_pause = settings->retry_pause / 1000,
        .record_checks = settings->record_checks / 1000,
        .history_limit = (size_t)settings->history_limit,
        .object_limit = (size_t)settings->object_limit,
    };
}

static struct importer *make_importer(struct stream_duty *duty, struct kube_client *client, uint64_t seed)
{
    const struct importer_options options = {
        .settings = import_settings(duty->settings),
        .platform = duty->platform,
        .host_running_max = (size_t)duty->settings->registry.host_connections,
        .streams = duty->streams,
        .client = client,
        .registry = duty->registry,
        .policies = duty->slot,
        .identity = duty->identity,
        .log = duty->log,
    };

    return importer_new(&options, seed);
}

static struct str *hosts_of(struct arena *arena, const struct option_list *list)
{
    struct str *hosts = ARENA_ARRAY(arena, list->count + 1, struct str);

    for (size_t i = 0; i < list->count; i++)
        hosts[i] = str_from_c(list->items[i]);
    return hosts;
}

static void on_unconfirmed(void *ctx, struct str repository, struct str tag)
{
    importer_notify(ctx, repository, tag);
}

static struct mover *make_mover(struct stream_duty *duty, struct arena *arena, struct kube_client *client,
                                uint64_t seed)
{
    const struct controller_settings *settings = duty->settings;
    const struct mover_options options = {
        .client = client,
        .streams = duty->streams,
        .on_unconfirmed = on_unconfirmed,
        .ctx = duty->importer,
        .policies = duty->slot,
        .registry_hosts = hosts_of(arena, &settings->registry_hosts),
        .registry_host_count = settings->registry_hosts.count,
        .pause_ms = settings->workload_pause,
        .rollouts_a_minute = settings->rollouts_a_minute,
        .identity = duty->identity,
        .log = duty->log,
    };

    return mover_new(&options, seed);
}

void stream_duty_begin(struct stream_duty *duty, struct arena *arena, struct kube_client *client)
{
    uint64_t seed = random_number();

    duty->streams = stream_table_new(duty->log);
    duty->importer = make_importer(duty, client, seed);
    if (duty->settings->follow)
        duty->mover = make_mover(duty, arena, client, seed);
    stream_table_follow(duty->streams, client, seed);
}

void stream_duty_work(struct stream_duty *duty, const struct leader_lease *lease)
{
    importer_work(duty->importer, lease);
    if (duty->mover)
        mover_work(duty->mover, lease);
}

void stream_duty_rest(struct stream_duty *duty)
{
    importer_rest(duty->importer);
    if (duty->mover)
        mover_rest(duty->mover);
}

void stream_duty_end(struct stream_duty *duty)
{
    stream_duty_rest(duty);
    stream_table_free(duty->streams);
    mover_free(duty->mover);
    importer_free(duty->importer);
}

static void policies_changed(struct outbound_job *job)
{
    struct stream_duty *duty = CONTAINER_OF(struct stream_duty, published, job);

    atomic_store(&duty->posted, false);
    importer_policies_changed(duty->importer);
    if (duty->mover)
        mover_policies_changed(duty->mover);
}

/* The store's thread */

static void on_published(void *ctx)
{
    struct stream_duty *duty = ctx;

    if (!atomic_exchange(&duty->posted, true))
        outbound_post(duty->outbound, &duty->published);
}

/* The main thread */

void stream_duty_start(struct stream_duty *duty)
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

void stream_duty_stop(struct stream_duty *duty)
{
    cluster_store_stop(duty->store);
}

void stream_duty_release(struct stream_duty *duty)
{
    if (duty->slot)
        snapshot_slot_free(duty->slot);
    cluster_store_free(duty->store);
}

void stream_duty_write_metrics(void *ctx, struct text *out)
{
    const struct stream_duty *duty = ctx;

    importer_write_metrics(duty->importer, out);
    if (duty->mover)
        mover_write_metrics(duty->mover, out);
}
