/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trigger/mover_counters.h"

#include "edge/metrics/metrics.h"

static const char *const labels[MOVE_MANAGERS][MOVE_OUTCOMES] = {
    [MOVE_AS_FOLLOW] = {"manager=\"weir-follow\",result=\"written\"",
                        "manager=\"weir-follow\",result=\"conflict\"",
                        "manager=\"weir-follow\",result=\"refused\""},
    [MOVE_AS_TRIGGER] = {"manager=\"weir-trigger\",result=\"written\"",
                         "manager=\"weir-trigger\",result=\"conflict\"",
                         "manager=\"weir-trigger\",result=\"refused\""},
};

void mover_counters_write(const struct mover_counters *counters, struct text *out)
{
    metrics_gauge(out, "weir_moved_workloads", "Workloads that follow tags or have triggers.",
                  (double)atomic_load(&counters->workloads));
    metrics_gauge(out, "weir_moves_waiting", "Workloads whose rollout waits for its turn.",
                  (double)atomic_load(&counters->waiting));
    metrics_family(out, "weir_moves_total", "counter",
                   "Server-side applies to workloads, by what came of them.");
    for (size_t i = 0; i < MOVE_MANAGERS; i++) {
        for (size_t k = 0; k < MOVE_OUTCOMES; k++)
            metrics_sample(out, "weir_moves_total", labels[i][k], atomic_load(&counters->writes[i][k]));
    }
    metrics_counter(out, "weir_rollout_loops_total",
                    "Workloads that were left alone since another client takes each change back.",
                    atomic_load(&counters->loops));
}
