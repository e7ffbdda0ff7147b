/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SYSTEM_CPU_COUNT_H
#define WEIR_EDGE_SYSTEM_CPU_COUNT_H

#include <stddef.h>

/*
 * How many cores this process may use: the smaller of its affinity mask and
 * its cgroups' CPU quota, rounded up; at least 1. Read once, at start.
 */
size_t cpu_count(void);

/*
 * The quota's part: `affinity` cut to what the cgroups under `root` ("" is the
 * real file system) allow, of the process's own cgroup and those above it:
 * cpu.max (v2), cpu.cfs_quota_us and cpu.cfs_period_us (v1).
 */
size_t cpu_count_limit(const char *root, size_t affinity);

#endif
