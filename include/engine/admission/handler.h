/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_HANDLER_H
#define WEIR_ENGINE_ADMISSION_HANDLER_H

#include "edge/metrics/metrics.h"
#include "engine/admission/log.h"
#include "engine/cluster/facts.h"
#include "engine/cluster/snapshot.h"
#include "engine/resolver/tag_resolver.h"

/*
 * POST /admit. Decided on the loop's own thread where no registry has to be
 * asked, or its answer is in the loop's cache. Otherwise the admission waits, in
 * memory of its own, for the resolver's messages; the request may vanish
 * meanwhile.
 */
struct admission_handler_options {
    const struct workload_table *table;
    const struct admission_options *deciding;
    struct snapshot_slot *snapshots;
    struct tag_resolver *resolver;
    struct cluster_facts *facts; /* of the cluster that is followed; NULL: objects are from files */
    struct metrics *metrics;
    struct log *log;
    enum admission_log_mode log_mode;
    size_t body_max;      /* beyond: 413 */
    size_t in_flight_max; /* admissions that wait for a registry; beyond: 429 */
    int64_t wait_max_ms;  /* for registries, whatever ?timeout= says */
    size_t cache_entries; /* of each loop's answer cache */
    bool null;            /* answer a fixed review once the body is there, to measure the rest */
};

struct st_h2o_hostconf_t;
struct admission_handler;

/* `options` and what it points to are borrowed for the server's life. */
struct admission_handler *admission_handler_register(struct st_h2o_hostconf_t *host,
                                                     const struct admission_handler_options *options,
                                                     size_t threads);
/* After the loops have come to rest and the resolver has stopped. */
void admission_handler_free(struct admission_handler *handler);

/* Admissions that wait for a registry now. Any thread. */
size_t admission_handler_in_flight(struct admission_handler *handler);

#endif
