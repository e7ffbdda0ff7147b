/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/controller/process.h"

#include <time.h>

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

void controller_metrics_write(void *ctx, struct text *out)
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
    metrics_counter(out, "weir_log_lines_dropped_total", "Log lines that stderr did not take.",
                    log_dropped(process->log));
}
