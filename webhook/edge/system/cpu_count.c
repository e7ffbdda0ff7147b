/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT */
#include "edge/system/cpu_count.h"

#include "edge/system/file.h"

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CGROUP_FILE_MAX = 8192, CGROUP_PATH_MAX = 4096 };

/* A path that does not fit becomes the empty one, which names no file. */
__attribute__((format(printf, 2, 3))) static void format_path(char *ret, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(ret, CGROUP_PATH_MAX, format, args);
    va_end(args);
    if (len < 0 || len >= CGROUP_PATH_MAX)
        ret[0] = '\0';
}

static size_t cores_of(int64_t quota, int64_t period)
{
    return (size_t)((quota - 1) / period + 1);
}

/* "max 100000" or "150000 100000"; 0 = no limit. */
static size_t quota_v2(const char *directory)
{
    char path[CGROUP_PATH_MAX];
    char buffer[CGROUP_FILE_MAX];
    int64_t quota;
    int64_t period;

    format_path(path, "%s/cpu.max", directory);
    struct str rest = str_trim(file_read_small(path, buffer, sizeof buffer));
    struct str first = str_cut(&rest, ' ');
    if (!str_to_int64(first, 1, INT64_MAX, &quota) || !str_to_int64(rest, 1, INT64_MAX, &period))
        return 0;
    return cores_of(quota, period);
}

static bool read_number(const char *directory, const char *name, int64_t *ret)
{
    char path[CGROUP_PATH_MAX];
    char buffer[CGROUP_FILE_MAX];

    format_path(path, "%s/%s", directory, name);
    return str_to_int64(str_trim(file_read_small(path, buffer, sizeof buffer)), 1, INT64_MAX, ret);
}

static size_t quota_v1(const char *directory)
{
    int64_t quota;
    int64_t period;

    if (!read_number(directory, "cpu.cfs_quota_us", &quota) ||
        !read_number(directory, "cpu.cfs_period_us", &period))
        return 0;
    return cores_of(quota, period);
}

/*
 * The smallest limit of `mount`/`group` and the groups above it. A group that
 * is not visible here (a container without a cgroup namespace) has no files,
 * and the mount's own root is the container's.
 */
static size_t walk_up(const char *mount, struct str group, size_t (*quota)(const char *), size_t limit)
{
    char directory[CGROUP_PATH_MAX];

    for (;;) {
        format_path(directory, "%s" STR_FMT, mount, STR_ARG(group));
        size_t cores = quota(directory);
        if (cores > 0 && cores < limit)
            limit = cores;
        if (group.len == 0)
            return limit;
        size_t slash = str_rfind(group, '/');
        group = str_slice(group, 0, slash == group.len ? 0 : slash);
    }
}

static bool has_cpu_controller(struct str controllers)
{
    while (controllers.ptr)
        if (str_equal(str_cut(&controllers, ','), STR("cpu")))
            return true;
    return false;
}

/* One line of /proc/self/cgroup: "0::/kubepods/x" (v2) or "4:cpu,cpuacct:/kubepods/x" (v1). */
static size_t limit_of_line(const char *root, struct str line, size_t limit)
{
    char mount[CGROUP_PATH_MAX];
    struct str group = line;
    struct str number = str_cut(&group, ':');
    struct str controllers = str_cut(&group, ':');

    if (str_equal(group, STR("/")))
        group.len = 0;
    if (str_equal(number, STR("0")) && controllers.len == 0) {
        format_path(mount, "%s/sys/fs/cgroup", root);
        limit = walk_up(mount, group, quota_v2, limit);
        format_path(mount, "%s/sys/fs/cgroup/unified", root);
        return walk_up(mount, group, quota_v2, limit);
    }
    if (!has_cpu_controller(controllers))
        return limit;
    format_path(mount, "%s/sys/fs/cgroup/cpu", root);
    limit = walk_up(mount, group, quota_v1, limit);
    format_path(mount, "%s/sys/fs/cgroup/" STR_FMT, root, STR_ARG(controllers));
    return walk_up(mount, group, quota_v1, limit);
}

size_t cpu_count_limit(const char *root, size_t affinity)
{
    char path[CGROUP_PATH_MAX];
    char buffer[CGROUP_FILE_MAX];

    format_path(path, "%s/proc/self/cgroup", root);
    struct str rest = file_read_small(path, buffer, sizeof buffer);
    while (rest.ptr)
        affinity = limit_of_line(root, str_cut(&rest, '\n'), affinity);
    return affinity > 0 ? affinity : 1;
}

size_t cpu_count(void)
{
    cpu_set_t set;
    size_t affinity = 1;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        affinity = (size_t)CPU_COUNT(&set);
    else if (sysconf(_SC_NPROCESSORS_ONLN) > 0) /* more than 1024 cores: the mask does not fit */
        affinity = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    return cpu_count_limit("", affinity);
}
