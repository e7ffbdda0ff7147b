/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_COUNTERS_H
#define WEIR_EDGE_SERVER_HTTP_COUNTERS_H

#include "base/text.h"
#include "edge/metrics/counter.h"

/* What one loop counts of its connections. */
struct http_counters {
    counter connections_opened;
    counter connections_closed;
    counter handshakes_failed;
    counter requests_cut; /* by the watchdog */
    counter reads_held;   /* by the read budget */
};

/* Adds what `counters` says to `sum`. */
void http_counters_add(struct http_counters *sum, const struct http_counters *counters);
/* The families. */
void http_counters_write(const struct http_counters *sum, struct text *out);

#endif
