/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_METRICS_PROCESS_METRICS_H
#define WEIR_EDGE_METRICS_PROCESS_METRICS_H

#include "base/text.h"

/*
 * The process_* families that Prometheus' client libraries have: CPU time,
 * memory, file descriptors, threads, start time. From /proc; what cannot be
 * read is left out.
 */
void process_metrics_write(void *ctx, struct text *out);

#endif
