/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_COUNTERS_H
#define WEIR_EDGE_REGISTRY_COUNTERS_H

#include "base/text.h"
#include "edge/outbound/http_answer.h"

#include <stdatomic.h>

/* What became of one HTTP request, token servers' and redirects' included. */
enum registry_code {
    REGISTRY_2XX,
    REGISTRY_3XX,
    REGISTRY_401,
    REGISTRY_403,
    REGISTRY_404,
    REGISTRY_429,
    REGISTRY_4XX,
    REGISTRY_5XX,
    REGISTRY_DNS,
    REGISTRY_CONNECT,
    REGISTRY_TLS,
    REGISTRY_TIMEOUT,
    REGISTRY_INVALID,
    REGISTRY_CODE_COUNT,
};
/* "2xx", …, "invalid": values of a label. */
extern const char *const registry_counters_code_names[REGISTRY_CODE_COUNT];

enum { REGISTRY_METRIC_HOSTS_MAX = 64 };

struct registry_requests {
    struct str host; /* borrowed from the options, or "other" */
    uint64_t by_code[REGISTRY_CODE_COUNT];
};

struct registry_stats {
    struct registry_requests hosts[REGISTRY_METRIC_HOSTS_MAX + 1]; /* the last one is "other" */
    size_t host_count;
};

/*
 * The requests of a registry client. Written by the outbound thread, read by
 * any. Only hosts that were named beforehand have a row of their own, so that no
 * author of an image reference can make a new one.
 */
struct registry_counters {
    const char *const *hosts;
    size_t host_count;
    atomic_uint_fast64_t requests[REGISTRY_METRIC_HOSTS_MAX + 1][REGISTRY_CODE_COUNT];
};

/* Takes zeroed memory; of more hosts than REGISTRY_METRIC_HOSTS_MAX the rest are "other". */
void registry_counters_init(struct registry_counters *counters, const char *const *hosts, size_t host_count);
void registry_counters_request(struct registry_counters *counters, struct str host,
                               const struct http_answer *answer);
void registry_counters_read(const struct registry_counters *counters, struct registry_stats *ret);
/* As families of the metrics. */
void registry_counters_write(const struct registry_stats *stats, struct text *out);

#endif
