/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getrandom */
#include "cmd/controller/process.h"

#include "base/memory.h"
#include "cmd/line/registry_flags.h"
#include "edge/metrics/metrics.h"
#include "engine/controller/certificate_maker.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
    RELEASE_WAIT_MS = 5000, /* for the lease to be given up */
    STOP_MS = 2000,         /* for probes in flight */
    PROBE_TIMEOUT_MS = 10000,
    HOST_MAX = 256,
};

/* What the probes ask; on the server loop's thread. */

static bool hears_api_server(void *ctx, struct error *err)
{
    struct controller_process *process = ctx;
    int64_t heard_ms = leader_lease_state(process->lease).heard_ms;
    int64_t silent_ms = monotonic_ms() - heard_ms;

    if (heard_ms == 0)
        return error_set(err, ERROR_UNAVAILABLE, "not reached yet") == 0;
    if (silent_ms > 2 * process->settings->lease_duration)
        return error_set(err, ERROR_UNAVAILABLE, "not reached for %lld s", (long long)silent_ms / 1000) == 0;
    return true;
}

static void set_checks(struct controller_process *process)
{
    process->checks[0] = (struct probe_check){"working", process_is_working, &process->frame, false};
    process->checks[1] = (struct probe_check){"api-server", hears_api_server, process, false};
    process->checks[2] = (struct probe_check){"threads", process_is_alive, &process->frame, true};
}

/* The outbound thread */

static void on_gained(void *ctx)
{
    struct controller_process *process = ctx;

    serving_identity_work(process->serving, process->lease);
    stream_duty_work(&process->streams, process->lease);
}

static void on_lost(void *ctx)
{
    struct controller_process *process = ctx;

    serving_identity_rest(process->serving);
    stream_duty_rest(&process->streams);
}

static uint64_t random_number(void)
{
    uint64_t number;

    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        abort();
    return number;
}

static void begin(void *ctx)
{
    static const struct leader_lease_events events = {on_gained, on_lost};
    struct controller_process *process = ctx;
    const struct controller_settings *settings = process->settings;
    const struct leader_lease_options options = {
        .namespace = process->namespace,
        .name = str_from_c(settings->lease_name),
        .identity = process->identity,
        .timing = {settings->lease_duration, settings->renew_deadline, settings->retry_period},
        .seed = random_number(),
        .log = process->frame.log,
    };

    process->client = kube_client_new(process->frame.outbound, &process->config);
    process->serving = serving_identity_new(process->client, &process->duty);
    process->lease = leader_lease_start(process->client, &options, &events, process);
    process->streams.outbound = process->frame.outbound;
    process->streams.registry = process->frame.registry;
    stream_duty_begin(&process->streams, process->arena, process->client);
}

static void on_released(void *ctx)
{
    struct controller_process *process = ctx;

    rendezvous_arrive(&process->released);
}

static void release_lease(struct outbound_job *job)
{
    struct controller_process *process = CONTAINER_OF(struct controller_process, job, job);

    on_lost(process);
    leader_lease_release(process->lease, on_released, process);
}

static void end(void *ctx)
{
    struct controller_process *process = ctx;

    stream_duty_end(&process->streams);
    leader_lease_stop(process->lease);
    serving_identity_free(process->serving);
    kube_client_free(process->client);
}

/* Start */

static int find_cluster(struct controller_process *process, struct error *err)
{
    const struct controller_settings *settings = process->settings;
    const struct kube_config_options options = {.kubeconfig = settings->kubeconfig,
                                                .context = settings->context};

    if (kube_config_find(process->arena, &options, &process->config, err) < 0)
        return -1;
    process->namespace = settings->namespace ? str_from_c(settings->namespace) : process->config.namespace;
    if (process->namespace.len == 0)
        return error_set(err, ERROR_INVALID, "no namespace: neither --namespace nor the context names one");
    return 0;
}

/* As client-go makes them: unlike any other's, even one of the same host name. */
static void name_candidate(struct controller_process *process)
{
    char host[HOST_MAX] = "";
    struct text text;

    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    text_init(&text, process->arena, HOST_MAX + 32);
    text_addf(&text, "%s_%016llx", host, (unsigned long long)random_number());
    process->identity = text_str(&text);
}

/* What the API server asks for is the first; the others are what people and probes use. */
static void name_server(struct controller_process *process)
{
    const struct option_list *more = &process->settings->server_names;
    struct str service = str_from_c(process->settings->service);
    struct arena *arena = process->arena;
    struct str *names = ARENA_ARRAY(arena, 3 + more->count, struct str);

    names[0] = arena_join(arena, service, STR("."), process->namespace, STR(".svc"));
    names[1] = arena_join(arena, names[0], STR(".cluster.local"));
    names[2] = arena_join(arena, service, STR("."), process->namespace);
    for (size_t i = 0; i < more->count; i++)
        names[3 + i] = str_from_c(more->items[i]);
    process->duty.names = (struct server_names){names, 3 + more->count};
}

/* Names that no certificate takes are the flags' fault, and known at once. */
static int check_names(const struct controller_process *process, struct error *err)
{
    const struct certificate_leaf wanted = {process->duty.names, {(int64_t)time(NULL), 60}};
    struct certificate_pair ca;
    struct certificate_pair leaf;
    struct arena arena;
    int result;

    arena_init(&arena);
    certificate_maker_ca(&arena, &wanted.life, &ca);
    result = certificate_maker_leaf(&arena, &ca, &wanted, &leaf, err);
    arena_release(&arena);
    return result;
}

static int name_configurations(struct serving_identity_options *duty, const struct option_list *list,
                               bool validating, struct error *err)
{
    static const char *fallback[] = {"weir"};
    const struct option_list names = list->count > 0 ? *list : (struct option_list){fallback, 1};

    for (size_t i = 0; i < names.count; i++) {
        if (duty->configuration_count == IDENTITY_CONFIGURATIONS_MAX)
            return error_set(err, ERROR_TOO_LARGE, "more than %d webhook configurations",
                             (int)IDENTITY_CONFIGURATIONS_MAX);
        duty->configurations[duty->configuration_count++] =
            (struct webhook_configuration_name){str_from_c(names.items[i]), validating};
    }
    return 0;
}

static int describe_duty(struct controller_process *process, struct error *err)
{
    const struct controller_settings *settings = process->settings;

    process->duty = (struct serving_identity_options){
        .namespace = process->namespace,
        .secret_names = {[IDENTITY_SECRET_CA] = str_from_c(settings->ca_secret),
                         [IDENTITY_SECRET_LEAF] = str_from_c(settings->tls_secret)},
        .service = {str_from_c(settings->service), process->namespace},
        .lifetimes = {settings->ca_lifetime / 1000, settings->certificate_lifetime / 1000},
        .grace_ms = settings->rotation_grace,
        .check_ms = settings->check_period,
        .log = process->frame.log,
    };
    name_server(process);
    if (name_configurations(&process->duty, &settings->mutating, false, err) < 0 ||
        name_configurations(&process->duty, &settings->validating, true, err) < 0)
        return -1;
    return check_names(process, err);
}

static int open_parts(void *ctx, struct http_server_options *ret, struct error *err)
{
    struct controller_process *process = ctx;

    if (find_cluster(process, err) < 0 || describe_duty(process, err) < 0)
        return -1;
    name_candidate(process);
    process->streams = (struct stream_duty){
        .settings = process->settings,
        .config = &process->config,
        .log = process->frame.log,
        .identity = process->identity,
        .slot = snapshot_slot_new(),
    };
    if (stream_duty_parse_platform(process->settings->platform, &process->streams.platform, err) < 0)
        return -1;
    *ret = (struct http_server_options){
        .probe_listen = process->settings->probe_listen,
        .threads = 1,
        .request_timeout_ms = PROBE_TIMEOUT_MS,
    };
    return 0;
}

static void write_expiry(const struct serving_identity_stats *stats, struct text *out)
{
    int64_t now = (int64_t)time(NULL);

    metrics_family(out, "weir_certificate_expiry_seconds", "gauge",
                   "Seconds until the CA and the serving certificate expire; the leader's to say.");
    if (stats->ca_not_after > 0)
        metrics_sample_real(out, "weir_certificate_expiry_seconds", "certificate=\"ca\"",
                            (double)(stats->ca_not_after - now));
    if (stats->leaf_not_after > 0)
        metrics_sample_real(out, "weir_certificate_expiry_seconds", "certificate=\"serving\"",
                            (double)(stats->leaf_not_after - now));
}

static void write_metrics(void *ctx, struct text *out)
{
    struct controller_process *process = ctx;
    struct leader_lease_state lease = leader_lease_state(process->lease);
    struct serving_identity_stats stats = serving_identity_stats(process->serving);

    metrics_gauge(out, "weir_leader", "1 on the replica that leads.", lease.leading ? 1 : 0);
    metrics_counter(out, "weir_lease_failures_total", "Attempts to read or write the lease that failed.",
                    lease.failures);
    write_expiry(&stats, out);
    metrics_family(out, "weir_certificate_rotations_total", "counter",
                   "CAs that began to sign and serving certificates that were issued, by this replica.");
    metrics_sample(out, "weir_certificate_rotations_total", "certificate=\"ca\"", stats.ca_rotations);
    metrics_sample(out, "weir_certificate_rotations_total", "certificate=\"serving\"", stats.leaf_rotations);
    metrics_counter(out, "weir_ca_bundles_written_total",
                    "Webhook configurations whose caBundle was put right.", stats.bundles_written);
    metrics_counter(out, "weir_certificate_failures_total",
                    "Reads and writes of Secrets and webhook configurations that failed.", stats.failures);
}

static void start(void *ctx)
{
    struct controller_process *process = ctx;

    metrics_add_source(process->frame.metrics, write_metrics, process);
    metrics_add_source(process->frame.metrics, stream_duty_write_metrics, &process->streams);
    stream_duty_start(&process->streams);
}

static void stop(void *ctx)
{
    stream_duty_stop(&((struct controller_process *)ctx)->streams);
}

static void give_lease_up(void *ctx)
{
    struct controller_process *process = ctx;

    process->job.run = release_lease;
    outbound_post(process->frame.outbound, &process->job);
    if (!rendezvous_wait(&process->released, 1, RELEASE_WAIT_MS))
        log_warning(process->frame.log, "lease not released", LOG_STR("message", STR("no answer in time")));
}

static void release(void *ctx)
{
    struct controller_process *process = ctx;

    rendezvous_release(&process->released);
    stream_duty_release(&process->streams);
}

static void describe_program(struct controller_process *process)
{
    set_checks(process);
    process->registry = registry_flags_client(&process->settings->registry);
    process->program = (struct process_program){
        .ctx = process,
        .open = open_parts,
        .registry = &process->registry,
        .begin = begin,
        .start = start,
        .checks = process->checks,
        .check_count = ARRAY_LEN(process->checks),
        .stop_ms = STOP_MS,
        .leave = give_lease_up,
        .stop = stop,
        .end = end,
        .release = release,
    };
}

int controller_process_start(struct controller_process *process, struct arena *arena,
                             const struct controller_settings *settings, struct error *err)
{
    process->arena = arena;
    process->settings = settings;
    rendezvous_init(&process->released);
    describe_program(process);
    if (process_start(&process->frame, &process->program, err) < 0)
        return -1;
    log_info(process->frame.log, "started", LOG_STR("server", str_from_c(process->config.server)),
             LOG_STR("namespace", process->namespace), LOG_STR("identity", process->identity),
             LOG_STR("probe_address", str_from_c(http_server_address(process->frame.server, LISTENER_PROBE))),
             LOG_STR("version", STR(WEIR_VERSION)));
    return 0;
}

int controller_process_run(struct controller_process *process)
{
    return process_run(&process->frame);
}
