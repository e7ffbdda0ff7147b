/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/webhook/process.h"

#include <time.h>

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

static void write_requests(const struct tag_resolver_stats *stats, struct text *out)
{
    metrics_family(out, "weir_registry_requests_total", "counter",
                   "HTTP requests to registries and their token servers, by host and what became of them.");
    for (size_t i = 0; i < stats->host_count; i++) {
        for (size_t code = 0; code < REGISTRY_CODE_COUNT; code++) {
            if (stats->hosts[i].by_code[code] == 0)
                continue;
            text_add_c(out, "weir_registry_requests_total{host=\"");
            metrics_label(out, stats->hosts[i].host);
            text_addf(out, "\",code=\"%s\"} %llu\n", registry_code_names[code],
                      (unsigned long long)stats->hosts[i].by_code[code]);
        }
    }
}

static void write_resolver(struct webhook_process *process, struct text *out)
{
    struct tag_resolver_stats stats;
    uint64_t cumulative[RESOLVER_BUCKET_COUNT + 1];

    tag_resolver_stats(process->resolver, &stats);
    for (size_t i = 0; i < RESOLVER_BUCKET_COUNT; i++)
        cumulative[i] = stats.buckets[i];
    cumulative[RESOLVER_BUCKET_COUNT] = stats.lookups;
    metrics_histogram(out, "weir_resolution_duration_seconds", "Time that look-ups at registries took.",
                      resolver_bucket_bounds, cumulative, RESOLVER_BUCKET_COUNT, stats.seconds);
    write_requests(&stats, out);
    metrics_counter(out, "weir_answer_cache_hits_total",
                    "Questions answered from a cache, a server loop's or the resolver's.",
                    stats.cache_hits + metrics_answer_hits(process->metrics));
    metrics_counter(out, "weir_answer_cache_misses_total", "Questions that no cache could answer.",
                    stats.cache_misses);
    metrics_counter(out, "weir_lookups_coalesced_total", "Questions that joined a look-up in flight.",
                    stats.coalesced);
    metrics_counter(out, "weir_lookups_shed_total", "Questions refused because too many were in flight.",
                    stats.shed);
    metrics_gauge(out, "weir_lookups_in_flight", "Look-ups at registries now.", (double)stats.in_flight);
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

void webhook_metrics_write(void *ctx, struct text *out)
{
    struct webhook_process *process = ctx;

    metrics_gauge(out, "weir_admissions_in_flight", "Admissions that wait for registries now.",
                  (double)admission_handler_in_flight(process->handler));
    metrics_counter(out, "weir_connections_refused_total", "Connections closed at once: beyond the limit.",
                    http_server_refused(process->server));
    metrics_counter(out, "weir_log_lines_dropped_total", "Log lines that stderr did not take.",
                    log_dropped(process->log));
    write_certificate(process, out);
    write_reloads(process, out);
    write_resolver(process, out);
    write_objects(process, out);
}
