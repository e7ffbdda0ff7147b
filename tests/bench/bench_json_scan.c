/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What json_scan costs: for each file and kernel, the time of
 *   skip    the whole document skipped
 *   review  what an admission needs: the request's members and the object's containers read, the rest skipped
 *   walk    everything read
 * bench_json_scan FILE...            nanoseconds, the best of many rounds
 * bench_json_scan -n ROUNDS KERNEL MODE FILE   just that, to be counted by callgrind
 *
 * Built by hand: cc -O2 -D_POSIX_C_SOURCE=200809L -Iinclude -Itests tests/bench/bench_json_scan.c libbase.a
 */
#include "test.h"
#include "unit/base/json/json_walk.h"

#include <string.h>
#include <time.h>

typedef void reading(struct json_scan *scan);

static void read_nothing(struct json_scan *scan)
{
    (void)json_scan_skip(scan);
}

static void read_everything(struct json_scan *scan)
{
    (void)json_walk(scan, scan->arena, NULL);
}

static void read_members(struct json_scan *scan, size_t level);

static void read_element(struct json_scan *scan, size_t level)
{
    bool first = true;

    (void)json_scan_enter_list(scan);
    while (json_scan_element(scan, &first))
        read_members(scan, level);
}

/* Where the containers of most workloads are; whatever else there is, is skipped. */
static bool leads_on(struct str key)
{
    static const struct str names[] = {
        STR_INIT("request"), STR_INIT("object"),     STR_INIT("oldObject"),      STR_INIT("metadata"),
        STR_INIT("spec"),    STR_INIT("containers"), STR_INIT("initContainers"), STR_INIT("template"),
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_equal(key, names[i]))
            return true;
    }
    return false;
}

static void read_members(struct json_scan *scan, size_t level)
{
    struct json_keys keys;
    struct str key, text;

    (void)json_scan_enter_map(scan, &keys);
    while (json_scan_member(scan, &keys, &key)) {
        enum json_scan_kind kind = json_scan_peek(scan);

        if (kind == JSON_SCAN_STRING)
            (void)json_scan_string(scan, &text);
        else if (level < 8 && kind == JSON_SCAN_MAP && leads_on(key))
            read_members(scan, level + 1);
        else if (level < 8 && kind == JSON_SCAN_LIST && leads_on(key))
            read_element(scan, level + 1);
        else
            (void)json_scan_skip(scan);
    }
}

static void read_review(struct json_scan *scan)
{
    read_members(scan, 0);
}

static const struct mode {
    const char *name;
    reading *read;
} modes[] = {{"skip", read_nothing}, {"review", read_review}, {"walk", read_everything}};

static void read_once(const struct mode *mode, const char *kernel, struct str text)
{
    static char buffer[1 << 20];
    struct json_scan scan;
    struct arena arena;
    struct error err;

    arena_init_buffer(&arena, buffer, sizeof(buffer));
    if (!json_scan_init_kernel(&scan, &arena, text, kernel))
        exit(2);
    mode->read(&scan);
    if (json_scan_finish(&scan, &err) != 0) {
        printf("%s\n", err.text);
        exit(1);
    }
    arena_release(&arena);
}

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double best_ns(const struct mode *mode, const char *kernel, struct str text)
{
    size_t rounds = 2000000 / (text.len + 2000) + 1;
    double best = 1e18;

    for (int i = 0; i < 20; i++) {
        double start = now_ns();

        for (size_t round = 0; round < rounds; round++)
            read_once(mode, kernel, text);
        start = (now_ns() - start) / (double)rounds;
        best = start < best ? start : best;
    }
    return best;
}

static void report(const char *path, struct str text)
{
    for (size_t k = 0; k < ARRAY_LEN(json_walk_kernels); k++) {
        struct json_scan scan;

        if (!json_scan_init_kernel(&scan, NULL, text, json_walk_kernels[k]))
            continue;
        printf("%-45s %7zu %-9s", strrchr(path, '/') ? strrchr(path, '/') + 1 : path, text.len,
               json_walk_kernels[k]);
        for (size_t m = 0; m < ARRAY_LEN(modes); m++)
            printf("  %s %9.0f ns", modes[m].name, best_ns(&modes[m], json_walk_kernels[k], text));
        printf("\n");
    }
}

static void count(struct arena *arena, char **argv)
{
    int64_t rounds = 0;
    struct str text = test_read_file(arena, argv[5]);

    if (!str_to_int64(str_from_c(argv[2]), 0, 1000000, &rounds))
        exit(2);
    for (size_t m = 0; m < ARRAY_LEN(modes); m++) {
        for (int64_t i = 0; i < rounds && strcmp(modes[m].name, argv[4]) == 0; i++)
            read_once(&modes[m], argv[3], text);
    }
}

int main(int argc, char **argv)
{
    struct arena arena;

    (void)test_cases;
    (void)test_tail;
    (void)test_failures;
    arena_init(&arena);
    if (argc == 6 && strcmp(argv[1], "-n") == 0)
        count(&arena, argv);
    else
        for (int i = 1; i < argc; i++)
            report(argv[i], test_read_file(&arena, argv[i]));
    arena_release(&arena);
    return 0;
}
