/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_OPTIONS_H
#define WEIR_ENGINE_ADMISSION_OPTIONS_H

#include "engine/admission/log.h"
#include "engine/admission/metrics.h"
#include "engine/cluster/facts.h"
#include "engine/cluster/snapshot.h"
#include "engine/resolver/tag_resolver.h"

/* What POST /admit is decided and answered with. Borrowed for the server's life. */
struct admission_handler_options {
    const struct workload_table *table;
    const struct admission_options *deciding;
    struct snapshot_slot *snapshots;
    struct tag_resolver *resolver;
    struct cluster_facts *facts; /* of the cluster that is followed; NULL: objects are from files */
    struct admission_metrics *metrics;
    struct log *log;
    enum admission_log_mode log_mode;
    size_t body_max;      /* beyond: 413 */
    size_t in_flight_max; /* admissions that wait for a registry; beyond: 429 */
    int64_t wait_max_ms;  /* for registries, whatever ?timeout= says */
    size_t cache_entries; /* of each loop's answer cache */
    bool null;            /* answer a fixed review once the body is there, to measure the rest */
};

#endif
