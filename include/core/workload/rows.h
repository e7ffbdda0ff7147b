/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_WORKLOAD_ROWS_H
#define WEIR_CORE_WORKLOAD_ROWS_H

#include "base/value.h"
#include "core/workload/paths.h"

/*
 * The file of --workload-paths, read into rows:
 *
 *     workloads:
 *     - group: argoproj.io
 *       kind: Rollout
 *       version: v1alpha1                 # optional: any version
 *       pointers: [/spec/template/spec]
 *
 * Strict: an unknown member, another type, a group that holds a version, two
 * rows of one kind are ERROR_INVALID, with line, column and path. The pointers'
 * own grammar is workload_paths_build()'s affair.
 */
enum { WORKLOAD_ROWS_MAX = 1024 };

/* Texts borrow from `document`; the rows are the arena's. */
MUST_CHECK int workload_rows_decode(struct arena *arena, const struct value *document,
                                    const struct workload_row **ret, size_t *ret_count, struct error *err);

#endif
