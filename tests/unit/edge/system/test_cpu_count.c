/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* nftw */
#include "edge/system/cpu_count.h"
#include "test.h"

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 6 };

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static void make_file(const char *root, const char *path, const char *content)
{
    char full[512];

    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    CHECK(file != NULL);
    if (!file)
        return;
    fputs(content, file);
    fclose(file);
}

struct row {
    const char *what;
    size_t affinity;
    size_t want;
    const char *files[FILES][2];
};

static const struct row rows[] = {
    {"no cgroup file system", 4, 4, {{NULL, NULL}}},
    {"v2 without a limit", 4, 4, {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "max 100000\n"}}},
    {"v2 in a namespace",
     4,
     2,
     {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "200000 100000\n"}}},
    {"a part of a core counts as one",
     4,
     2,
     {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "100001 100000\n"}}},
    {"less than one core is one",
     4,
     1,
     {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "1000 100000\n"}}},
    {"v2, the parent is tighter",
     8,
     3,
     {{"proc/self/cgroup", "0::/pods/a\n"},
      {"sys/fs/cgroup/pods/a/cpu.max", "600000 100000\n"},
      {"sys/fs/cgroup/pods/cpu.max", "300000 100000\n"}}},
    {"v2, the own group is not visible",
     8,
     2,
     {{"proc/self/cgroup", "0::/elsewhere/x\n"}, {"sys/fs/cgroup/cpu.max", "200000 100000\n"}}},
    {"v1",
     8,
     2,
     {{"proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/kubepods/x\n"},
      {"sys/fs/cgroup/cpu,cpuacct/kubepods/x/cpu.cfs_quota_us", "150000\n"},
      {"sys/fs/cgroup/cpu,cpuacct/kubepods/x/cpu.cfs_period_us", "100000\n"}}},
    {"v1 without a limit",
     8,
     8,
     {{"proc/self/cgroup", "4:cpu,cpuacct:/\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}}},
    {"v1, cpuset is not cpu",
     8,
     8,
     {{"proc/self/cgroup", "4:cpuset:/\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n"},
      {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}}},
    {"hybrid: v1 cpu, v2 without controllers",
     8,
     3,
     {{"proc/self/cgroup", "4:cpu:/a\n0::/a\n"},
      {"sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "300000\n"},
      {"sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n"}}},
    {"the mask is tighter than the quota",
     2,
     2,
     {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "800000 100000\n"}}},
    {"nonsense in the file",
     4,
     4,
     {{"proc/self/cgroup", "0::/\nx\n\n::\n"}, {"sys/fs/cgroup/cpu.max", "many 0\n"}}},
    {"a period of zero", 4, 4, {{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "100 0\n"}}},
    {"no core at all is one", 0, 1, {{NULL, NULL}}},
};

TEST(takes_the_smaller_of_mask_and_quota)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char root[] = "/tmp/weir-cpu-XXXXXX";
        CHECK(mkdtemp(root) != NULL);
        for (size_t k = 0; k < FILES && rows[i].files[k][0]; k++)
            make_file(root, rows[i].files[k][0], rows[i].files[k][1]);
        size_t got = cpu_count_limit(root, rows[i].affinity);
        CHECK_ROW(got == rows[i].want, "%s: %zu, not %zu", rows[i].what, got, rows[i].want);
        nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    }
}

TEST(the_real_machine_has_at_least_one)
{
    CHECK(cpu_count() >= 1);
}

TEST_MAIN()
