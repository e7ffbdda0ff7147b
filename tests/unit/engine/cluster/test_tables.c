/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cluster/tables.h"

#include "base/text.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

enum { NAMES = 700, STEPS = 20000, HELD = 24, READERS = 3 };

static struct cluster_tables *tables;
static struct snapshot_slot *slot;
static struct object_reader *reader;

static void begin(void)
{
    tables = cluster_tables_new();
    slot = snapshot_slot_new();
    reader = stored_object_reader_new();
}

static void end(void)
{
    snapshot_slot_free(slot);
    cluster_tables_free(tables);
    stored_object_reader_free(reader);
}

static struct stored_object *put(enum cluster_resource resource, const char *json)
{
    struct stored_object *object;
    struct error err;

    if (stored_object_reader_decode(reader, str_from_c(json), &cluster_tables_resources[resource].header,
                                    &object, &err) < 0) {
        printf("# %s\n", err.text);
        abort();
    }
    cluster_tables_put(tables, resource, object);
    return object;
}

static const char *stream_json(struct arena *arena, size_t name, size_t version)
{
    struct text out;

    text_init(&out, arena, 4096);
    text_addf(&out,
              "{\"metadata\":{\"name\":\"s%zu\",\"namespace\":\"n\"},\"spec\":{\"tags\":[{\"name\":\"v%zu\","
              "\"from\":{\"kind\":\"DockerImage\",\"name\":\"r.example/a:%zu\"}}]}}",
              name, version, version);
    text_add_char(&out, '\0');
    return text_str(&out).ptr;
}

static void publish(void)
{
    cluster_tables_publish(tables, slot);
}

/* The version that a snapshot has of a stream; 0: none. */
static size_t version_of(const struct snapshot *snapshot, size_t name)
{
    struct error text;
    const struct image_stream *stream;
    int64_t ret = 0;

    (void)!error_set(&text, ERROR_NONE, "s%zu", name);
    stream = cluster_view_stream(&snapshot->view, STR("n"), error_text(&text));
    if (stream && !str_to_int64(str_from(stream->tags[0].name, 1), 1, INT64_MAX, &ret))
        abort();
    return (size_t)ret;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

struct held {
    const struct snapshot *snapshot;
    size_t versions[NAMES];
};

static size_t count_differences(const struct held *held)
{
    size_t ret = 0;

    for (size_t i = 0; i < NAMES; i++)
        ret += version_of(held->snapshot, i) != held->versions[i];
    return ret;
}

TEST(a_snapshot_stays_as_it_was_whatever_changes_afterwards)
{
    static struct held held[HELD];
    static size_t versions[NAMES];
    uint64_t seed = 42;
    struct arena arena;

    begin();
    arena_init(&arena);
    for (size_t step = 1; step <= STEPS; step++) {
        size_t name = next_random(&seed) % NAMES;
        struct held *one = &held[next_random(&seed) % HELD];

        if (next_random(&seed) % 3 == 0) {
            struct error text;

            (void)!error_set(&text, ERROR_NONE, "s%zu", name);
            CHECK(cluster_tables_remove(tables, CLUSTER_STREAMS, STR("n"), error_text(&text)) ==
                  (versions[name] > 0));
            versions[name] = 0;
        } else {
            put(CLUSTER_STREAMS, stream_json(&arena, name, step));
            versions[name] = step;
            arena_release(&arena);
        }
        if (next_random(&seed) % 8 != 0)
            continue;
        publish();
        if (one->snapshot) {
            CHECK(count_differences(one) == 0);
            snapshot_release(one->snapshot);
        }
        one->snapshot = snapshot_acquire(slot);
        memcpy(one->versions, versions, sizeof(versions));
        CHECK(count_differences(one) == 0);
    }
    for (size_t i = 0; i < HELD; i++) {
        CHECK(!held[i].snapshot || count_differences(&held[i]) == 0);
        snapshot_release(held[i].snapshot);
    }
    end();
}

static atomic_bool stop;
static atomic_uint odd;
static atomic_uint seen;

static void *read_all_the_time(void *ctx)
{
    (void)ctx;
    while (!atomic_load(&stop)) {
        const struct snapshot *snapshot = snapshot_acquire(slot);

        if (!snapshot)
            continue;
        /* s0 and s1 are changed together. */
        if (version_of(snapshot, 0) != version_of(snapshot, 1))
            atomic_fetch_add(&odd, 1);
        atomic_fetch_add(&seen, 1);
        snapshot_release(snapshot);
    }
    return NULL;
}

TEST(what_is_published_together_is_seen_together_and_nothing_is_freed_too_early)
{
    pthread_t threads[READERS];
    struct arena arena;

    begin();
    arena_init(&arena);
    for (size_t i = 0; i < READERS; i++)
        CHECK(pthread_create(&threads[i], NULL, read_all_the_time, NULL) == 0);
    for (size_t version = 1; version <= 3000 || atomic_load(&seen) < 100; version++) {
        put(CLUSTER_STREAMS, stream_json(&arena, 0, version));
        put(CLUSTER_STREAMS, stream_json(&arena, 1, version));
        publish();
        arena_release(&arena);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < READERS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(atomic_load(&odd) == 0);
    CHECK(!cluster_tables_reap(tables));
    end();
}

static enum enforcement enforcement_in(const char *namespace)
{
    const struct snapshot *snapshot;
    enum enforcement ret;
    struct arena arena;

    publish();
    snapshot = snapshot_acquire(slot);
    arena_init(&arena);
    ret = cluster_view_policy(&snapshot->view, &arena, str_from_c(namespace))->fields.enforcement;
    arena_release(&arena);
    snapshot_release(snapshot);
    return ret;
}

TEST(a_policy_holds_where_it_should_and_no_longer)
{
    begin();
    put(CLUSTER_NAMESPACES, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
                            "\"metadata\":{\"name\":\"a\",\"labels\":{\"env\":\"prod\"}}}");
    put(CLUSTER_NAMESPACES, "{\"metadata\":{\"name\":\"b\"}}");
    CHECK(enforcement_in("a") == ENFORCEMENT_ENFORCE);
    put(CLUSTER_CLUSTER_POLICIES, "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"enforcement\":\"Warn\","
                                  "\"namespaceSelector\":{\"matchLabels\":{\"env\":\"prod\"}}}}");
    CHECK(enforcement_in("a") == ENFORCEMENT_WARN);
    CHECK(enforcement_in("b") == ENFORCEMENT_ENFORCE);
    CHECK(enforcement_in("unknown") == ENFORCEMENT_ENFORCE);
    put(CLUSTER_POLICIES,
        "{\"metadata\":{\"name\":\"p\",\"namespace\":\"a\"},\"spec\":{\"enforcement\":\"Audit\"}}");
    CHECK(enforcement_in("a") == ENFORCEMENT_AUDIT);
    put(CLUSTER_NAMESPACES, "{\"metadata\":{\"name\":\"b\",\"labels\":{\"env\":\"prod\"}}}");
    CHECK(enforcement_in("b") == ENFORCEMENT_WARN);
    CHECK(cluster_tables_count(tables, CLUSTER_POLICIES) == 1);
    CHECK(cluster_tables_count(tables, CLUSTER_CLUSTER_POLICIES) == 1);
    CHECK(cluster_tables_remove(tables, CLUSTER_POLICIES, STR("a"), STR("p")));
    CHECK(enforcement_in("a") == ENFORCEMENT_WARN);
    CHECK(cluster_tables_remove(tables, CLUSTER_CLUSTER_POLICIES, STR(""), STR("p")));
    CHECK(enforcement_in("a") == ENFORCEMENT_ENFORCE);
    CHECK(!cluster_tables_remove(tables, CLUSTER_CLUSTER_POLICIES, STR(""), STR("p")));
    end();
}

TEST(a_policy_is_there_before_its_namespace_and_stays_after_it)
{
    begin();
    put(CLUSTER_POLICIES,
        "{\"metadata\":{\"name\":\"p\",\"namespace\":\"a\"},\"spec\":{\"enforcement\":\"Off\"}}");
    CHECK(enforcement_in("a") == ENFORCEMENT_OFF);
    put(CLUSTER_NAMESPACES, "{\"metadata\":{\"name\":\"a\"}}");
    CHECK(enforcement_in("a") == ENFORCEMENT_OFF);
    CHECK(cluster_tables_remove(tables, CLUSTER_NAMESPACES, STR(""), STR("a")));
    CHECK(enforcement_in("a") == ENFORCEMENT_OFF);
    CHECK(cluster_tables_remove(tables, CLUSTER_POLICIES, STR("a"), STR("p")));
    CHECK(enforcement_in("a") == ENFORCEMENT_ENFORCE);
    end();
}

static size_t shared_in(const char *namespace)
{
    const struct snapshot *snapshot;
    struct arena arena;
    size_t ret;

    publish();
    snapshot = snapshot_acquire(slot);
    arena_init(&arena);
    ret = cluster_view_policy(&snapshot->view, &arena, str_from_c(namespace))->fields.shared_namespaces.count;
    arena_release(&arena);
    snapshot_release(snapshot);
    return ret;
}

TEST(a_namespace_that_begins_to_be_shared_concerns_those_whose_policies_name_it)
{
    begin();
    put(CLUSTER_NAMESPACES, "{\"metadata\":{\"name\":\"a\"}}");
    put(CLUSTER_POLICIES, "{\"metadata\":{\"name\":\"p\",\"namespace\":\"a\"},"
                          "\"spec\":{\"streams\":{\"sharedNamespaces\":[\"images\"]}}}");
    CHECK(shared_in("a") == 0);
    put(CLUSTER_NAMESPACES, "{\"metadata\":{\"name\":\"images\",\"labels\":{\"weir.dev/shared\":\"true\"}}}");
    CHECK(shared_in("a") == 1);
    CHECK(cluster_tables_remove(tables, CLUSTER_NAMESPACES, STR(""), STR("images")));
    CHECK(shared_in("a") == 0);
    end();
}

TEST(a_stream_of_weir_comes_before_one_of_openshift)
{
    const struct snapshot *snapshot;

    begin();
    put(CLUSTER_OPENSHIFT_STREAMS, "{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\"}}");
    put(CLUSTER_OPENSHIFT_STREAMS, "{\"metadata\":{\"name\":\"t\",\"namespace\":\"n\"}}");
    put(CLUSTER_STREAMS, "{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\"}}");
    publish();
    snapshot = snapshot_acquire(slot);
    CHECK(!cluster_view_stream(&snapshot->view, STR("n"), STR("s"))->openshift);
    CHECK(cluster_view_stream(&snapshot->view, STR("n"), STR("t"))->openshift);
    CHECK(!cluster_view_stream(&snapshot->view, STR("n"), STR("u")));
    snapshot_release(snapshot);
    end();
}

TEST(a_sweep_leaves_what_was_seen)
{
    struct arena arena;

    begin();
    arena_init(&arena);
    for (size_t i = 0; i < 10; i++)
        put(CLUSTER_STREAMS, stream_json(&arena, i, 1))->mark = i % 2 ? 7 : 6;
    put(CLUSTER_POLICIES, "{\"metadata\":{\"name\":\"p\",\"namespace\":\"a\"},\"spec\":{}}")->mark = 6;
    put(CLUSTER_CLUSTER_POLICIES, "{\"metadata\":{\"name\":\"p\"},\"spec\":{}}")->mark = 6;
    put(CLUSTER_NAMESPACES, "{\"metadata\":{\"name\":\"a\"}}")->mark = 6;
    CHECK(cluster_tables_sweep(tables, CLUSTER_STREAMS, 7) == 5);
    CHECK(cluster_tables_count(tables, CLUSTER_STREAMS) == 5);
    CHECK(cluster_tables_sweep(tables, CLUSTER_CLUSTER_POLICIES, 7) == 1);
    CHECK(cluster_tables_count(tables, CLUSTER_POLICIES) == 1);
    CHECK(cluster_tables_sweep(tables, CLUSTER_NAMESPACES, 7) == 1);
    CHECK(cluster_tables_sweep(tables, CLUSTER_NAMESPACES, 7) == 0);
    CHECK(cluster_tables_sweep(tables, CLUSTER_POLICIES, 7) == 1);
    arena_release(&arena);
    end();
}

TEST(many_texts_and_many_tags_fit_into_one_block)
{
    struct arena arena;
    struct text out;
    struct stored_object *object;

    begin();
    arena_init(&arena);
    for (size_t tags = 0; tags < 3000; tags = tags * 2 + 1) {
        text_init(&out, &arena, 8 << 20);
        text_add_c(&out, "{\"metadata\":{\"name\":\"s\",\"namespace\":\"n\"},\"spec\":{\"tags\":[");
        for (size_t i = 0; i < tags; i++)
            text_addf(&out,
                      "%s{\"name\":\"v%zu\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"r.example/some/"
                      "%zu:v%zu\"}}",
                      i ? "," : "", i, i, i);
        text_add_c(&out, "]}}");
        text_add_char(&out, '\0');
        object = put(CLUSTER_STREAMS, text_str(&out).ptr);
        CHECK(object->as.stream.tag_count == tags);
        for (size_t i = 0; i < tags; i++)
            CHECK(object->as.stream.tags[i].source_askable);
        arena_release(&arena);
    }
    publish();
    end();
}

/* The number of policies that a snapshot lacks, and whether the namespace's is incomplete. */
static size_t lacked(bool *ret_incomplete)
{
    const struct snapshot *snapshot = snapshot_acquire(slot);
    size_t ret = snapshot->view.undecoded_policies;
    struct arena arena;

    arena_init(&arena);
    *ret_incomplete = cluster_view_policy(&snapshot->view, &arena, STR("shop"))->incomplete;
    arena_release(&arena);
    snapshot_release(snapshot);
    return ret;
}

TEST(a_policy_that_does_not_decode_is_known_until_a_good_one_comes)
{
    bool incomplete;

    begin();
    publish();
    CHECK(lacked(&incomplete) == 0 && !incomplete);
    cluster_tables_put(tables, CLUSTER_POLICIES, stored_object_undecoded(STR("shop"), STR("p")));
    cluster_tables_put(tables, CLUSTER_POLICIES, stored_object_undecoded(STR("shop"), STR("p")));
    publish();
    CHECK(lacked(&incomplete) == 1 && incomplete);
    CHECK(cluster_tables_count(tables, CLUSTER_POLICIES) == 0);
    (void)put(CLUSTER_POLICIES, "{\"metadata\":{\"name\":\"p\",\"namespace\":\"shop\"}}");
    publish();
    CHECK(lacked(&incomplete) == 0 && !incomplete);
    CHECK(cluster_tables_count(tables, CLUSTER_POLICIES) == 1);
    cluster_tables_put(tables, CLUSTER_CLUSTER_POLICIES, stored_object_undecoded(STR(""), STR("c")));
    publish();
    CHECK(lacked(&incomplete) == 1 && incomplete);
    CHECK(cluster_tables_remove(tables, CLUSTER_CLUSTER_POLICIES, STR(""), STR("c")));
    publish();
    CHECK(lacked(&incomplete) == 0 && !incomplete);
    end();
}

TEST_MAIN()
