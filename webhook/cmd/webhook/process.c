/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/webhook/process.h"

#include "cmd/decide/cluster_source.h"
#include "cmd/line/registry_flags.h"
#include "edge/metrics/metrics.h"
#include "edge/system/cpu_count.h"
#include "engine/cluster/metrics.h"
#include "engine/resolver/metrics.h"

#include <malloc.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
    DESCRIPTORS_RESERVED = 192, /* for probes, registries, files, and surplus connections */
    CONNECTIONS_MIN = 16,
    CACHE_ENTRIES = 4096,
    TRIM_CONNECTIONS = 32, /* so many fewer connections are worth giving memory back */
    LAST_MOMENT_MS = 100,
};

/* What the probes ask; on the first loop's thread. */

static bool has_objects(void *ctx, struct error *err)
{
    struct webhook_process *process = ctx;
    const struct snapshot *snapshot;

    if (process->cluster)
        return cluster_store_describe(process->cluster, err);
    snapshot = snapshot_acquire(process->snapshots);
    if (!snapshot)
        return error_set(err, ERROR_UNAVAILABLE, "not loaded yet") == 0;
    snapshot_release(snapshot);
    return true;
}

static bool has_valid_certificate(void *ctx, struct error *err)
{
    struct webhook_process *process = ctx;
    int64_t now = (int64_t)time(NULL);

    if (!tls_identity_is_there(process->identity))
        return error_set(err, ERROR_UNAVAILABLE, "not there yet") == 0;
    if (now >= tls_identity_not_after(process->identity))
        return error_set(err, ERROR_INVALID, "expired") == 0;
    if (now < tls_identity_not_before(process->identity))
        return error_set(err, ERROR_INVALID, "not valid yet") == 0;
    return true;
}

static void set_checks(struct webhook_process *process)
{
    process->checks[0] = (struct probe_check){"serving", process_is_working, &process->frame, false};
    process->checks[1] = (struct probe_check){"objects", has_objects, process, false};
    process->checks[2] = (struct probe_check){"certificate", has_valid_certificate, process, false};
    process->checks[3] = (struct probe_check){"loops", process_is_alive, &process->frame, true};
}

/* Objects */

static void on_object_warning(void *ctx, struct str message)
{
    struct webhook_process *process = ctx;

    log_warning(process->frame.log, "object skipped", LOG_STR("message", message));
}

static void on_objects_reloaded(void *ctx, const struct error *err, const struct snapshot *snapshot)
{
    struct webhook_process *process = ctx;

    if (err) {
        atomic_fetch_add(&process->object_failures, 1);
        log_error(process->frame.log, "objects refused", LOG_STR("message", error_text(err)));
        return;
    }
    atomic_fetch_add(&process->object_reloads, 1);
    log_info(process->frame.log, "objects loaded", LOG_INT("generation", snapshot->generation),
             LOG_INT("streams", snapshot->view.stream_count));
}

/* None where the objects are a cluster's. */
static struct object_files files_of(struct webhook_process *process)
{
    const struct option_list *paths = &process->settings->common.deciding.objects;

    return (struct object_files){paths->items, paths->count, on_object_warning, process, NULL};
}

static int load_objects(struct webhook_process *process, struct error *err)
{
    const struct deciding_settings *deciding = &process->settings->common.deciding;
    const struct object_files files = files_of(process);
    struct snapshot *snapshot;

    if (files.path_count == 0) {
        process->snapshots = snapshot_slot_new();
        return cluster_source_config(process->arena, deciding, &process->kube, err);
    }
    if (object_files_load(&files, &snapshot, err) < 0)
        return -1;
    process->snapshots = snapshot_slot_new();
    snapshot_publish(process->snapshots, snapshot);
    return 0;
}

static void follow_objects(struct webhook_process *process)
{
    const struct object_files files = files_of(process);
    const struct cluster_store_options options = {
        .config = &process->kube, .slot = process->snapshots, .log = process->frame.log};

    if (files.path_count == 0)
        process->cluster = cluster_store_start(&options);
    else
        process->objects = object_watch_start(&files, process->snapshots, on_objects_reloaded, process);
}

static void stop_following(struct webhook_process *process)
{
    if (process->cluster)
        cluster_store_stop(process->cluster);
    else
        object_watch_stop(process->objects);
}

/* Start */

/* As many file descriptors as may be; fewer connections where they do not suffice. */
static void fit_connections(struct webhook_process *process)
{
    size_t wanted = (size_t)process->settings->connections_max;
    struct rlimit limit;
    size_t available;

    process->connections_max = wanted;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)!setrlimit(RLIMIT_NOFILE, &limit);
    available = limit.rlim_cur > DESCRIPTORS_RESERVED ? (size_t)limit.rlim_cur - DESCRIPTORS_RESERVED : 0;
    if (available < CONNECTIONS_MIN)
        available = CONNECTIONS_MIN;
    if (wanted <= available)
        return;
    process->connections_max = available;
    log_warning(process->frame.log, "fewer connections than wanted", LOG_INT("wanted", wanted),
                LOG_INT("possible", available),
                LOG_STR("reason", STR("the limit of open file descriptors (RLIMIT_NOFILE)")));
}

/*
 * glibc's defaults give memory back and fetch it again for every large body:
 * up to twice the CPU at 60 KB.
 */
static void tune_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_TOP_PAD, 4 << 20);
}

static enum admission_log_mode log_mode_of(const char *text)
{
    if (strcmp(text, "all") == 0)
        return ADMISSION_LOG_ALL;
    return strcmp(text, "none") == 0 ? ADMISSION_LOG_NONE : ADMISSION_LOG_CHANGED;
}

static int open_identity(struct webhook_process *process, struct error *err)
{
    const struct tls_identity_options options = {
        .cert = process->settings->tls_cert,
        .key = process->settings->tls_key,
        .client_ca = process->settings->client_ca,
        .no_http2 = process->settings->no_http2,
    };

    return tls_identity_open(&options, &process->identity, err);
}

static void describe_server(const struct webhook_process *process, struct http_server_options *ret)
{
    *ret = (struct http_server_options){
        .listen = process->settings->listen,
        .probe_listen = process->settings->probe_listen,
        .threads = process->threads,
        .connections_max = process->connections_max,
        .body_memory = (size_t)process->settings->body_memory,
        .request_timeout_ms = process->settings->request_timeout,
        .tls = tls_identity_context(process->identity),
    };
}

static void write_certificate(struct webhook_process *process, struct text *out)
{
    if (!tls_identity_is_there(process->identity))
        return;
    metrics_gauge(out, "weir_certificate_expiry_seconds", "Seconds until the serving certificate expires.",
                  (double)(tls_identity_not_after(process->identity) - (int64_t)time(NULL)));
}

static void write_reloads(struct webhook_process *process, struct text *out)
{
    uint64_t object_failures = atomic_load(&process->object_failures);
    uint64_t certificate_failures = atomic_load(&process->certificate_failures);

    metrics_family(out, "weir_object_reloads_total", "counter",
                   "Readings of the objects after the first, by result.");
    metrics_sample(out, "weir_object_reloads_total", "result=\"success\"",
                   atomic_load(&process->object_reloads));
    metrics_sample(out, "weir_object_reloads_total", "result=\"failure\"", object_failures);
    metrics_family(out, "weir_certificate_reloads_total", "counter",
                   "Readings of the certificate after the first, by result.");
    metrics_sample(out, "weir_certificate_reloads_total", "result=\"success\"",
                   atomic_load(&process->certificate_reloads));
    metrics_sample(out, "weir_certificate_reloads_total", "result=\"failure\"", certificate_failures);
    metrics_counter(out, "weir_reload_failures_total", "Readings of objects or certificate that failed.",
                    object_failures + certificate_failures);
}

static void write_objects(struct webhook_process *process, struct text *out)
{
    const struct snapshot *snapshot = snapshot_acquire(process->snapshots);

    if (!snapshot)
        return;
    metrics_gauge(out, "weir_image_streams", "Image streams in force.", (double)snapshot->view.stream_count);
    metrics_gauge(out, "weir_objects_generation", "Which reading of the objects is in force, from 1.",
                  (double)snapshot->generation);
    snapshot_release(snapshot);
}

static void write_metrics(void *ctx, struct text *out)
{
    struct webhook_process *process = ctx;

    metrics_gauge(out, "weir_admissions_in_flight", "Admissions that wait for registries now.",
                  (double)admission_handler_in_flight(process->handler));
    write_certificate(process, out);
    write_reloads(process, out);
    resolver_metrics_write(process->resolver, admission_metrics_answer_hits(process->admissions), out);
    write_objects(process, out);
}

static void register_handlers(struct webhook_process *process)
{
    const struct webhook_settings *settings = process->settings;

    process->handler_options = (struct admission_handler_options){
        .table = &process->setup.table,
        .deciding = &process->setup.options,
        .snapshots = process->snapshots,
        .resolver = process->resolver,
        .facts = process->cluster ? cluster_store_facts(process->cluster) : NULL,
        .metrics = process->admissions,
        .log = process->frame.log,
        .log_mode = log_mode_of(settings->log_admissions),
        .body_max = (size_t)settings->body_max,
        .in_flight_max = (size_t)settings->in_flight_max,
        .wait_max_ms = settings->wait_max,
        .cache_entries = CACHE_ENTRIES,
        .null = strcmp(settings->handler, "null") == 0,
    };
    process->handler =
        admission_handler_register(process->frame.server, &process->handler_options, process->threads);
    metrics_add_source(process->frame.metrics, admission_metrics_write, process->admissions);
    metrics_add_source(process->frame.metrics, write_metrics, process);
    if (process->cluster)
        metrics_add_source(process->frame.metrics, cluster_metrics_write, process->cluster);
}

/* Housekeeping, each second, off the loops */

static void check_certificate(struct webhook_process *process)
{
    struct error err;

    switch (tls_identity_poll(process->identity, &err)) {
    case TLS_UNCHANGED:
        return;
    case TLS_RELOADED:
        atomic_fetch_add(&process->certificate_reloads, 1);
        log_info(process->frame.log, "certificate loaded",
                 LOG_INT("expires_in_s", tls_identity_not_after(process->identity) - (int64_t)time(NULL)));
        return;
    case TLS_REFUSED:
        atomic_fetch_add(&process->certificate_failures, 1);
        log_error(process->frame.log, "certificate refused", LOG_STR("message", error_text(&err)));
        return;
    }
}

/* Memory of closed connections goes back only when asked for: some milliseconds, thus not on a loop. */
static void give_memory_back(struct webhook_process *process)
{
    size_t connections = http_server_connections(process->frame.server);
    size_t *peak = &process->connections_peak;

    if (connections > *peak)
        *peak = connections;
    if (*peak - connections < TRIM_CONNECTIONS || connections > *peak / 2)
        return;
    malloc_trim(0);
    *peak = connections;
}

static void on_second(void *ctx)
{
    check_certificate(ctx);
    give_memory_back(ctx);
}

static void on_hangup(void *ctx)
{
    struct webhook_process *process = ctx;

    if (process->objects)
        object_watch_reload(process->objects);
}

/* The program */

/* In the order of dependence. */
static int open_parts(void *ctx, struct http_server_options *ret, struct error *err)
{
    struct webhook_process *process = ctx;
    const struct webhook_settings *settings = process->settings;

    if (deciding_setup(process->arena, &settings->common.deciding, &process->setup, err) < 0 ||
        open_identity(process, err) < 0 || load_objects(process, err) < 0)
        return -1;
    process->threads = settings->threads > 0 ? (size_t)settings->threads : cpu_count();
    process->admissions = admission_metrics_new(process->threads, &process->setup.table);
    fit_connections(process);
    describe_server(process, ret);
    return 0;
}

static void start_parts(void *ctx)
{
    struct webhook_process *process = ctx;
    const struct tag_resolver_options options = {.client = process->frame.registry};

    process->resolver = tag_resolver_new(&options);
    follow_objects(process);
    register_handlers(process);
}

static void stop_parts(void *ctx)
{
    stop_following(ctx);
}

static void free_parts(void *ctx)
{
    struct webhook_process *process = ctx;

    admission_handler_free(process->handler);
    admission_metrics_free(process->admissions);
    if (process->snapshots)
        snapshot_slot_free(process->snapshots);
    cluster_store_free(process->cluster);
    tls_identity_free(process->identity);
}

static void describe_program(struct webhook_process *process)
{
    const struct webhook_settings *settings = process->settings;
    int64_t stop_ms = settings->shutdown_timeout - LAST_MOMENT_MS;

    set_checks(process);
    process->registry = registry_flags_client(&settings->common.registry);
    process->registry.metric_hosts = settings->metrics_hosts.items;
    process->registry.metric_host_count = settings->metrics_hosts.count;
    process->program = (struct process_program){
        .ctx = process,
        .open = open_parts,
        .registry = &process->registry,
        .start = start_parts,
        .checks = process->checks,
        .check_count = ARRAY_LEN(process->checks),
        .on_hangup = on_hangup,
        .on_second = on_second,
        .drain_delay_ms = settings->drain_delay,
        .stop_ms = stop_ms > 0 ? stop_ms : 0,
        .stop = stop_parts,
        .release = free_parts,
    };
}

int webhook_process_start(struct webhook_process *process, struct arena *arena,
                          const struct webhook_settings *settings, struct error *err)
{
    tune_memory();
    process->arena = arena;
    process->settings = settings;
    describe_program(process);
    if (process_start(&process->frame, &process->program, err) < 0)
        return -1;
    log_info(process->frame.log, "listening",
             LOG_STR("address", str_from_c(http_server_address(process->frame.server, LISTENER_TLS))),
             LOG_STR("probe_address", str_from_c(http_server_address(process->frame.server, LISTENER_PROBE))),
             LOG_INT("threads", process->threads), LOG_INT("max_connections", process->connections_max),
             LOG_STR("version", STR(WEIR_VERSION)));
    if (!tls_identity_is_there(process->identity))
        log_warning(process->frame.log, "certificate awaited",
                    LOG_STR("file", str_from_c(settings->tls_cert)));
    return 0;
}

int webhook_process_run(struct webhook_process *process)
{
    return process_run(&process->frame);
}
