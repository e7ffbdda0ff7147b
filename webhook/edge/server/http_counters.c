/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_counters.h"

#include "edge/metrics/metrics.h"

void http_counters_add(struct http_counters *sum, const struct http_counters *counters)
{
    /* Closed before opened: never more than were opened. */
    counter_add(&sum->connections_closed, counter_read(&counters->connections_closed));
    counter_add(&sum->connections_opened, counter_read(&counters->connections_opened));
    counter_add(&sum->handshakes_failed, counter_read(&counters->handshakes_failed));
    counter_add(&sum->requests_cut, counter_read(&counters->requests_cut));
    counter_add(&sum->reads_held, counter_read(&counters->reads_held));
}

void http_counters_write(const struct http_counters *sum, struct text *out)
{
    uint64_t closed = counter_read(&sum->connections_closed);
    uint64_t opened = counter_read(&sum->connections_opened);

    metrics_gauge(out, "weir_connections", "Open connections of the admission listener.",
                  (double)(opened > closed ? opened - closed : 0));
    metrics_counter(out, "weir_tls_handshakes_failed_total",
                    "Connections that ended before their TLS handshake had.",
                    counter_read(&sum->handshakes_failed));
    metrics_counter(out, "weir_requests_cut_total",
                    "Requests cut because their body or the reading of their answer took too long.",
                    counter_read(&sum->requests_cut));
    metrics_counter(out, "weir_reads_held_total",
                    "Times that a large request waited unread, for want of memory.",
                    counter_read(&sum->reads_held));
}
