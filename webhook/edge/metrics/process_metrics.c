/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/metrics/process_metrics.h"

#include "edge/metrics/metrics.h"
#include "edge/system/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PROC_FILE_MAX = 4096 };

/* Positions in /proc/self/stat, counted after the command's closing bracket (proc(5)). */
enum { STAT_THREADS = 17, STAT_START_TICKS = 19, STAT_VIRTUAL = 20, STAT_RESIDENT = 21, STAT_COUNT };

static bool read_stat(int64_t ret[STAT_COUNT])
{
    char buffer[PROC_FILE_MAX];
    struct str text = file_read_small("/proc/self/stat", buffer, sizeof(buffer));
    struct str rest = str_from(text, str_rfind(text, ')') + 2);

    for (size_t i = 0; i < STAT_COUNT; i++) {
        struct str field = str_cut(&rest, ' ');
        ret[i] = 0;
        if (!str_to_int64(field, INT64_MIN, INT64_MAX, &ret[i]) && i >= STAT_THREADS)
            return false;
    }
    return true;
}

/* Seconds since the epoch at which the machine started. */
static bool boot_time(int64_t *ret)
{
    struct timespec wall;
    struct timespec up;

    if (clock_gettime(CLOCK_REALTIME, &wall) != 0 || clock_gettime(CLOCK_MONOTONIC, &up) != 0)
        return false;
    *ret = (int64_t)wall.tv_sec - (int64_t)up.tv_sec;
    return true;
}

static void write_stat(struct text *out)
{
    int64_t stat[STAT_COUNT];
    int64_t boot;
    double ticks = (double)sysconf(_SC_CLK_TCK);

    if (!read_stat(stat) || !boot_time(&boot))
        return;
    metrics_gauge(out, "process_resident_memory_bytes", "Resident memory.",
                  (double)stat[STAT_RESIDENT] * (double)sysconf(_SC_PAGESIZE));
    metrics_gauge(out, "process_virtual_memory_bytes", "Virtual memory.", (double)stat[STAT_VIRTUAL]);
    metrics_gauge(out, "process_threads", "Threads.", (double)stat[STAT_THREADS]);
    metrics_gauge(out, "process_start_time_seconds", "Start of the process, seconds since the epoch.",
                  (double)boot + (double)stat[STAT_START_TICKS] / ticks);
}

static void write_cpu(struct text *out)
{
    struct timespec used;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return;
    metrics_family(out, "process_cpu_seconds_total", "counter", "CPU time, user and system.");
    metrics_sample_real(out, "process_cpu_seconds_total", NULL,
                        (double)used.tv_sec + (double)used.tv_nsec / 1e9);
}

static void write_descriptors(struct text *out)
{
    struct rlimit limit;
    DIR *directory = opendir("/proc/self/fd");
    size_t count = 0;

    if (directory) {
        while (readdir(directory))
            count++;
        closedir(directory);
        /* without ".", ".." and the directory itself */
        metrics_gauge(out, "process_open_fds", "Open file descriptors.", count > 3 ? (double)(count - 3) : 0);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        metrics_gauge(out, "process_max_fds", "Most file descriptors that may be open.",
                      (double)limit.rlim_cur);
}

void process_metrics_write(void *ctx, struct text *out)
{
    (void)ctx;
    write_cpu(out);
    write_stat(out);
    write_descriptors(out);
}
