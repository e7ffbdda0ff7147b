/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/metrics.h"

#include "edge/metrics/metrics.h"
#include "edge/system/monotonic.h"

/* Prometheus wants the samples of one family together. */
struct family {
    const char *name;
    const char *type;
    const char *help;
    uint64_t (*value)(const struct cluster_follower_state *state);
};

static uint64_t is_followed(const struct cluster_follower_state *state)
{
    return state->connected;
}

static uint64_t objects(const struct cluster_follower_state *state)
{
    return state->objects;
}

static uint64_t refused(const struct cluster_follower_state *state)
{
    return state->refused;
}

static uint64_t lists(const struct cluster_follower_state *state)
{
    return state->lists;
}

static uint64_t changes(const struct cluster_follower_state *state)
{
    return state->changes;
}

static uint64_t failures(const struct cluster_follower_state *state)
{
    return state->failures;
}

static const struct family families[] = {
    {"weir_cluster_followed", "gauge", "1: a watch of the resource stands.", is_followed},
    {"weir_cluster_objects", "gauge", "Objects that are known, by resource.", objects},
    {"weir_cluster_objects_refused", "gauge",
     "Objects whose present version does not decode: an earlier one, or nothing, is in force.", refused},
    {"weir_cluster_lists_total", "counter", "Complete lists; after the first, each means a gap in watching.",
     lists},
    {"weir_cluster_changes_total", "counter", "Changes that watches told.", changes},
    {"weir_cluster_failures_total", "counter", "Lists and watches that failed.", failures},
};

static void write_family(const struct family *family, const struct cluster_store_state *state,
                         struct text *out)
{
    metrics_family(out, family->name, family->type, family->help);
    for (size_t i = 0; i < CLUSTER_RESOURCES; i++) {
        if (!state->resources[i].absent)
            text_addf(out, "%s{resource=\"%s\"} %llu\n", family->name, cluster_tables_resources[i].name,
                      (unsigned long long)family->value(&state->resources[i]));
    }
}

/* Since when the one that is lost longest is not followed. */
static double lost_seconds(const struct cluster_store_state *state)
{
    int64_t now = monotonic_ms();
    int64_t longest = 0;

    for (size_t i = 0; i < CLUSTER_RESOURCES; i++) {
        const struct cluster_follower_state *resource = &state->resources[i];

        if (!resource->absent && resource->disconnected_ms > 0 && now - resource->disconnected_ms > longest)
            longest = now - resource->disconnected_ms;
    }
    return (double)longest / 1000.0;
}

static void write_reads(struct cluster_store *store, struct text *out)
{
    static const char *const labels[] = {
        [FACT_FOUND] = "outcome=\"found\"",
        [FACT_ABSENT] = "outcome=\"absent\"",
        [FACT_FORBIDDEN] = "outcome=\"forbidden\"",
        [FACT_FAILED] = "outcome=\"failed\"",
    };
    uint64_t counts[FACT_FAILED + 1];

    cluster_facts_counts(cluster_store_facts(store), counts);
    metrics_family(out, "weir_cluster_reads_total", "counter",
                   "Pull secrets, service accounts and owners of Pods that were asked for, by outcome.");
    for (size_t i = 0; i < ARRAY_LEN(labels); i++)
        metrics_sample(out, "weir_cluster_reads_total", labels[i], counts[i]);
}

void cluster_metrics_write(void *ctx, struct text *out)
{
    struct cluster_store *store = ctx;
    struct cluster_store_state state;

    cluster_store_state(store, &state);
    for (size_t i = 0; i < ARRAY_LEN(families); i++)
        write_family(&families[i], &state, out);
    metrics_gauge(out, "weir_cluster_lost_seconds",
                  "For how long the resource that is lost longest has not been followed; 0: all are.",
                  lost_seconds(&state));
    metrics_counter(out, "weir_cluster_publications_total", "Times that changes came into force.",
                    state.publications);
    metrics_gauge(out, "weir_cluster_publication_seconds",
                  "Time that bringing changes into force took, all in all.",
                  (double)state.publication_ns / 1e9);
    metrics_gauge(out, "weir_cluster_publication_max_seconds", "The longest of them.",
                  (double)state.publication_max_ns / 1e9);
    write_reads(store, out);
}
