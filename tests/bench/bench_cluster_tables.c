/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a followed cluster costs in memory and time, without an API server: objects are made up as JSON,
 * decoded and kept as those that come from a watch.
 *
 *   bench_cluster_tables STREAMS TAGS NAMESPACES POLICIES
 *
 * prints one "name value" a line, for scale.py: CPU time, in microseconds, of look-ups in nanoseconds.
 */
#define _GNU_SOURCE /* malloc_trim */
#include "base/text.h"
#include "engine/cluster/tables.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CHANGES = 2000, ALL_CHANGES = 10, LOOKUPS = 200000, HELD = 64, SOME = 500, JSON_MAX = 64 << 10 };

struct sizes {
    size_t streams;
    size_t tags;
    size_t namespaces;
    size_t policies;
};

struct bench {
    struct sizes sizes;
    struct cluster_tables *tables;
    struct object_reader *reader;
    struct snapshot_slot *slot;
    struct arena arena;
};

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static size_t resident(void)
{
    unsigned long pages[2] = {0, 0};
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    size_t at = 0;

    if (file && fgets(line, sizeof(line), file)) {
        for (size_t i = 0; i < 2; i++, at++) {
            for (; line[at] >= '0' && line[at] <= '9'; at++)
                pages[i] = pages[i] * 10 + (unsigned long)(line[at] - '0');
        }
    }
    if (file)
        fclose(file);
    return pages[1] * (size_t)sysconf(_SC_PAGESIZE);
}

static void add_digest(struct text *out, uint64_t seed)
{
    text_add_c(out, "sha256:");
    for (size_t i = 0; i < 4; i++)
        text_addf(out, "%016llx", (unsigned long long)next_random(&seed));
}

static void stream_json(struct bench *bench, size_t index, size_t version, struct text *out)
{
    text_addf(out,
              "{\"apiVersion\":\"weir.dev/"
              "v1alpha1\",\"kind\":\"ImageStream\",\"metadata\":{\"name\":\"stream-%zu\","
              "\"namespace\":\"namespace-%zu\",\"uid\":\"5d1b5d9e-9f4b-4b6e-8f53-%012zu\","
              "\"resourceVersion\":\"%zu\","
              "\"generation\":3,\"creationTimestamp\":\"2024-05-01T10:00:00Z\"},"
              "\"spec\":{\"lookupPolicy\":{\"local\":true},\"tags\":[",
              index, index % bench->sizes.namespaces, index, version);
    for (size_t tag = 0; tag < bench->sizes.tags; tag++)
        text_addf(out,
                  "%s{\"name\":\"v%zu\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"registry.example.com/"
                  "team/app-%zu:"
                  "v%zu\"},\"importPolicy\":{\"scheduled\":true},\"referencePolicy\":{\"type\":\"Source\"}}",
                  tag ? "," : "", tag, index, tag);
    text_add_c(out, "]},\"status\":{\"dockerImageRepository\":\"\",\"tags\":[");
    for (size_t tag = 0; tag < bench->sizes.tags; tag++) {
        uint64_t seed = (index + 1) * 1000003 + tag * 7919 + version;

        text_addf(out,
                  "%s{\"tag\":\"v%zu\",\"items\":[{\"created\":\"2024-05-01T10:00:00Z\",\"generation\":2,"
                  "\"image\":\"",
                  tag ? "," : "", tag);
        add_digest(out, seed);
        text_addf(out, "\",\"dockerImageReference\":\"registry.example.com/team/app-%zu@", index);
        add_digest(out, seed);
        text_add_c(out, "\"}]}");
    }
    text_add_c(out, "]}}");
}

static void namespace_json(size_t index, size_t version, struct text *out)
{
    text_addf(
        out,
        "{\"apiVersion\":\"meta.k8s.io/v1\",\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"name\":"
        "\"namespace-%zu\",\"uid\":\"n-%zu\",\"resourceVersion\":\"%zu\",\"labels\":{"
        "\"kubernetes.io/metadata.name\":\"namespace-%zu\",\"team\":\"team-%zu\",\"version\":\"%zu\"}}}",
        index, index, version, index, index % 16, version);
}

static bool is_cluster_policy(size_t index)
{
    return index % 10 == 0;
}

/* Every tenth is the cluster's, and chooses a team. */
static void policy_json(const struct bench *bench, size_t index, size_t version, struct text *out)
{
    bool cluster = is_cluster_policy(index);

    text_addf(out,
              "{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"%s\",\"metadata\":{\"name\":\"policy-%zu\",",
              cluster ? "ClusterStreamPolicy" : "StreamPolicy", index);
    if (!cluster)
        text_addf(out, "\"namespace\":\"namespace-%zu\",", index % bench->sizes.namespaces);
    text_addf(out,
              "\"uid\":\"p-%zu\",\"resourceVersion\":\"%zu\"},\"spec\":{\"streams\":{\"resolution\":\"%s\"},",
              index, version, version % 2 ? "Required" : "Attempt");
    if (cluster)
        text_addf(out, "\"namespaceSelector\":{\"matchLabels\":{\"team\":\"team-%zu\"}},", index % 16);
    text_addf(out,
              "\"pullPolicy\":[{\"name\":\"rule-%zu\",\"match\":{\"images\":[\"*/app-%zu\"]},"
              "\"allow\":[\"Always\"],\"action\":\"Set\"}]}}",
              index, index);
}

static void put(struct bench *bench, enum cluster_resource resource, struct str json)
{
    struct stored_object *object;
    struct error err;

    if (stored_object_reader_decode(bench->reader, json, &cluster_tables_resources[resource].header, &object,
                                    &err) < 0) {
        fprintf(stderr, "%s: %s: " STR_FMT "\n", cluster_tables_resources[resource].name, err.text,
                STR_ARG(json));
        exit(1);
    }
    cluster_tables_put(bench->tables, resource, object);
}

static void put_stream(struct bench *bench, size_t index, size_t version)
{
    struct text out;

    text_init_sized(&out, &bench->arena, JSON_MAX, 4096);
    stream_json(bench, index, version, &out);
    put(bench, CLUSTER_STREAMS, text_str(&out));
    arena_release(&bench->arena);
}

static void put_namespace(struct bench *bench, size_t index, size_t version)
{
    struct text out;

    text_init(&out, &bench->arena, JSON_MAX);
    namespace_json(index, version, &out);
    put(bench, CLUSTER_NAMESPACES, text_str(&out));
    arena_release(&bench->arena);
}

static void put_policy(struct bench *bench, size_t index, size_t version)
{
    struct text out;

    text_init(&out, &bench->arena, JSON_MAX);
    policy_json(bench, index, version, &out);
    put(bench, is_cluster_policy(index) ? CLUSTER_CLUSTER_POLICIES : CLUSTER_POLICIES, text_str(&out));
    arena_release(&bench->arena);
}

static int compare_times(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

static void print_times(const char *name, double *times, size_t count)
{
    qsort(times, count, sizeof(*times), compare_times);
    printf("%s_p50 %.1f\n%s_p99 %.1f\n%s_max %.1f\n", name, times[count / 2], name, times[count * 99 / 100],
           name, times[count - 1]);
}

static void fill(struct bench *bench)
{
    double began;
    size_t before = resident();

    for (size_t i = 0; i < bench->sizes.namespaces; i++)
        put_namespace(bench, i, 1);
    for (size_t i = 0; i < bench->sizes.policies; i++)
        put_policy(bench, i, 1);
    began = now_us();
    for (size_t i = 0; i < bench->sizes.streams; i++)
        put_stream(bench, i, 1);
    printf("stream_put %.2f\n", (now_us() - began) / (double)bench->sizes.streams);
    began = now_us();
    cluster_tables_publish(bench->tables, bench->slot);
    printf("first_publication %.1f\n", now_us() - began);
    (void)malloc_trim(0);
    printf("bytes_per_tag %.0f\n",
           (double)(resident() - before) / (double)(bench->sizes.streams * bench->sizes.tags));
}

/* Each change is decoded and published for itself, while a reader holds one of the snapshots before. */
static void change(struct bench *bench, const char *name, size_t most, size_t count, size_t step,
                   void (*put_one)(struct bench *bench, size_t index, size_t version))
{
    const struct snapshot *held[HELD] = {NULL};
    double *times = calloc(count, sizeof(*times));
    uint64_t random = 88172645463325252ULL;

    for (size_t i = 0; times && i < count; i++) {
        size_t index = next_random(&random) % (most / step) * step;
        double began = now_us();

        put_one(bench, index, i + 2);
        cluster_tables_publish(bench->tables, bench->slot);
        times[i] = now_us() - began;
        if (held[i % HELD])
            snapshot_release(held[i % HELD]);
        held[i % HELD] = snapshot_acquire(bench->slot);
    }
    for (size_t i = 0; i < HELD; i++)
        snapshot_release(held[i]);
    print_times(name, times, count);
    free(times);
}

static void change_own_policy(struct bench *bench, size_t index, size_t version)
{
    put_policy(bench, index + 1, version);
}

/* Of streams chosen among the first `most`: few stay in the CPU's caches, many do not. */
static void look_up(struct bench *bench, const char *name, size_t most)
{
    const struct snapshot *snapshot = snapshot_acquire(bench->slot);
    uint64_t random = 362436069ULL;
    size_t found = 0;
    double took = 0;

    for (size_t i = 0; i < LOOKUPS / 100; i++) {
        struct str names[100][2];
        double began;

        for (size_t k = 0; k < 100; k++) {
            size_t index = next_random(&random) % most;
            struct text out;

            text_init(&out, &bench->arena, 64);
            text_addf(&out, "namespace-%zu", index % bench->sizes.namespaces);
            names[k][0] = text_str(&out);
            text_init(&out, &bench->arena, 64);
            text_addf(&out, "stream-%zu", index);
            names[k][1] = text_str(&out);
        }
        began = now_us();
        for (size_t k = 0; k < 100; k++) {
            found += cluster_view_stream(&snapshot->view, names[k][0], names[k][1]) != NULL;
            found += cluster_view_policy(&snapshot->view, &bench->arena, names[k][0]) != NULL;
        }
        took += now_us() - began;
        arena_release(&bench->arena);
    }
    if (found != (size_t)(LOOKUPS / 100 * 100 * 2))
        exit(1);
    printf("%s %.1f\n", name, took * 1e3 / LOOKUPS);
    snapshot_release(snapshot);
}

static size_t number(const char *text)
{
    int64_t ret = 0;

    if (!str_to_int64(str_from_c(text), 1, INT32_MAX, &ret))
        exit(2);
    return (size_t)ret;
}

int main(int argc, char **argv)
{
    struct bench bench = {
        .tables = cluster_tables_new(), .reader = stored_object_reader_new(), .slot = snapshot_slot_new()};

    if (argc != 5)
        return 2;
    bench.sizes = (struct sizes){number(argv[1]), number(argv[2]), number(argv[3]), number(argv[4])};
    arena_init(&bench.arena);
    fill(&bench);
    look_up(&bench, "lookup_some", bench.sizes.streams < SOME ? bench.sizes.streams : SOME);
    look_up(&bench, "lookup_all", bench.sizes.streams);
    change(&bench, "stream", bench.sizes.streams, CHANGES, 1, put_stream);
    change(&bench, "namespace", bench.sizes.namespaces, CHANGES, 1, put_namespace);
    change(&bench, "policy", bench.sizes.policies, CHANGES, 10, change_own_policy);
    change(&bench, "cluster_policy", bench.sizes.policies, ALL_CHANGES, 10, put_policy);
    (void)malloc_trim(0);
    printf("resident %zu\n", resident());
    snapshot_slot_free(bench.slot);
    cluster_tables_free(bench.tables);
    stored_object_reader_free(bench.reader);
    return 0;
}
