/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trigger/moving_table.h"

#include "base/json/read.h"
#include "base/memory.h"

#include <stdlib.h>

enum { BUCKETS_FIRST = 64 };

#define RESOURCE(group_text, plural_text)                                                                    \
    {                                                                                                        \
        .group = STR_INIT(group_text), .version = STR_INIT("v1"), .plural = STR_INIT(plural_text),           \
        .namespaced = true                                                                                   \
    }

const struct kube_resource moving_table_resources[MOVING_KINDS] = {
    [MOVING_DEPLOYMENT] = RESOURCE("apps", "deployments"),
    [MOVING_STATEFUL_SET] = RESOURCE("apps", "statefulsets"),
    [MOVING_DAEMON_SET] = RESOURCE("apps", "daemonsets"),
    [MOVING_CRON_JOB] = RESOURCE("batch", "cronjobs"),
};

/* One kind. */
struct workload_follower {
    struct moving_table *table;
    enum moving_kind kind;
    struct kube_watch *watch; /* NULL: is not followed */
    uint64_t mark;            /* of the present list */
    bool failing;             /* as was logged */
};

struct moving_table {
    struct workload_listener listener;
    struct log *log;
    uint64_t seed;
    struct workload_follower followers[MOVING_KINDS];
    struct moving_entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
};

static struct moving_entry **bucket_of(struct moving_table *table, enum moving_kind kind,
                                       struct str namespace, struct str name)
{
    uint64_t hash = str_hash(name, str_hash(namespace, table->seed + kind));

    return &table->buckets[hash & (table->bucket_count - 1)];
}

static struct moving_entry **find_link(struct moving_table *table, enum moving_kind kind,
                                       const struct kube_object *object)
{
    struct moving_entry **link = bucket_of(table, kind, object->namespace, object->name);

    while (*link && !((*link)->workload.kind == kind && str_equal((*link)->workload.name, object->name) &&
                      str_equal((*link)->workload.namespace, object->namespace)))
        link = &(*link)->next;
    return link;
}

static void link_in(struct moving_table *table, struct moving_entry *entry)
{
    const struct moving_workload *workload = &entry->workload;
    struct moving_entry **bucket = bucket_of(table, workload->kind, workload->namespace, workload->name);

    entry->next = *bucket;
    *bucket = entry;
}

static void grow(struct moving_table *table)
{
    struct moving_entry **old = table->buckets;
    size_t old_count = table->bucket_count;

    table->bucket_count = 2 * old_count;
    table->buckets = memory_zeroed(table->bucket_count, sizeof(struct moving_entry *));
    for (size_t i = 0; i < old_count; i++) {
        for (struct moving_entry *entry = old[i], *next; entry; entry = next) {
            next = entry->next;
            link_in(table, entry);
        }
    }
    free(old);
}

static void remove_entry(struct moving_table *table, struct moving_entry **link)
{
    struct moving_entry *entry = *link;

    table->listener.on_removed(table->listener.ctx, entry);
    *link = entry->next;
    table->count--;
    arena_release(&entry->arena);
    free(entry);
}

/* Most workloads have neither annotation: those are not read at all. What managers own, and copies of
 * annotations in other annotations, are written otherwise. */
static bool may_be_wanted(struct str json)
{
    return str_contains(json, STR("\"" FOLLOW_ANNOTATION "\":")) ||
           str_contains(json, STR("\"" TRIGGERS_ANNOTATION "\":"));
}

static bool read_workload(struct arena *arena, enum moving_kind kind, struct str json,
                          struct moving_workload *ret)
{
    struct value *value;
    struct arena scratch;
    struct error err;
    bool wanted = false;

    arena_init(&scratch);
    if (may_be_wanted(json) && json_read(&scratch, json, &value, &err) == 0) {
        moving_workload_read(arena, kind, value, ret);
        wanted = moving_workload_is_wanted(ret);
    }
    arena_release(&scratch);
    return wanted;
}

static void set_workload(struct moving_entry *entry, struct arena *arena,
                         const struct moving_workload *workload)
{
    arena_release(&entry->arena);
    entry->arena = *arena;
    entry->workload = *workload;
    trigger_list_parse(&entry->arena, entry->workload.triggers,
                       moving_workload_kinds[workload->kind].pod_spec, &entry->triggers);
}

static struct moving_entry *add_entry(struct moving_table *table, struct arena *arena,
                                      const struct moving_workload *workload)
{
    struct moving_entry *entry = memory_zeroed(1, sizeof(*entry));

    if (table->count >= table->bucket_count)
        grow(table);
    arena_init(&entry->arena);
    set_workload(entry, arena, workload);
    link_in(table, entry);
    table->count++;
    return entry;
}

static void put(struct workload_follower *follower, const struct kube_object *object)
{
    struct moving_table *table = follower->table;
    struct moving_entry **link = find_link(table, follower->kind, object);
    struct moving_entry *entry;
    struct moving_workload workload;
    struct arena arena;

    if (*link && !str_equal((*link)->workload.uid, object->uid)) {
        remove_entry(table, link); /* another one of the same name */
        link = find_link(table, follower->kind, object);
    }
    entry = *link;
    arena_init(&arena);
    if (!read_workload(&arena, follower->kind, object->json, &workload)) {
        arena_release(&arena);
        if (entry)
            remove_entry(table, link);
        return;
    }
    if (entry)
        set_workload(entry, &arena, &workload);
    else
        entry = add_entry(table, &arena, &workload);
    entry->mark = follower->mark;
    table->listener.on_changed(table->listener.ctx, entry);
}

/* The callbacks of a kube_follower */

static void on_list_begin(void *ctx)
{
    struct workload_follower *follower = ctx;

    follower->mark++;
}

static void on_object(void *ctx, enum kube_change change, const struct kube_object *object)
{
    struct workload_follower *follower = ctx;
    struct moving_entry **link;

    if (change != KUBE_DELETED) {
        put(follower, object);
        return;
    }
    link = find_link(follower->table, follower->kind, object);
    if (*link)
        remove_entry(follower->table, link);
}

static void on_synced(void *ctx)
{
    struct workload_follower *follower = ctx;
    struct moving_table *table = follower->table;

    for (size_t i = 0; i < table->bucket_count; i++) {
        struct moving_entry **link = &table->buckets[i];

        while (*link) {
            if ((*link)->workload.kind == follower->kind && (*link)->mark != follower->mark)
                remove_entry(table, link);
            else
                link = &(*link)->next;
        }
    }
}

static void on_connected(void *ctx)
{
    struct workload_follower *follower = ctx;

    if (follower->failing)
        log_info(follower->table->log, "followed again",
                 LOG_STR("resource", moving_table_resources[follower->kind].plural));
    follower->failing = false;
}

/* Of failures in a row the first is logged. */
static void on_disconnected(void *ctx, const struct error *err, int64_t pause_ms)
{
    struct workload_follower *follower = ctx;

    (void)pause_ms;
    if (!follower->failing)
        log_warning(follower->table->log, "not followed",
                    LOG_STR("resource", moving_table_resources[follower->kind].plural),
                    LOG_STR("message", error_text(err)));
    follower->failing = true;
}

/* Life */

struct moving_table *moving_table_new(const struct workload_listener *listener, struct log *log,
                                      uint64_t seed)
{
    struct moving_table *table = memory_zeroed(1, sizeof(*table));

    table->listener = *listener;
    table->log = log;
    table->seed = seed;
    table->bucket_count = BUCKETS_FIRST;
    table->buckets = memory_zeroed(table->bucket_count, sizeof(struct moving_entry *));
    for (int kind = 0; kind < MOVING_KINDS; kind++)
        table->followers[kind] = (struct workload_follower){.table = table, .kind = (enum moving_kind)kind};
    return table;
}

void moving_table_follow(struct moving_table *table, enum moving_kind kind, struct kube_client *client)
{
    static const struct kube_follower callbacks = {
        .on_list_begin = on_list_begin,
        .on_object = on_object,
        .on_synced = on_synced,
        .on_connected = on_connected,
        .on_disconnected = on_disconnected,
    };
    const struct kube_watch_options options = {.selection = {.resource = &moving_table_resources[kind]},
                                               .seed = table->seed + kind};
    struct workload_follower *follower = &table->followers[kind];

    if (!follower->watch)
        follower->watch = kube_watch_start(client, &options, &callbacks, follower);
}

void moving_table_end(struct moving_table *table)
{
    for (int kind = 0; kind < MOVING_KINDS; kind++) {
        kube_watch_stop(table->followers[kind].watch);
        table->followers[kind].watch = NULL;
        table->followers[kind].failing = false;
    }
    for (size_t i = 0; i < table->bucket_count; i++) {
        while (table->buckets[i])
            remove_entry(table, &table->buckets[i]);
    }
}

void moving_table_free(struct moving_table *table)
{
    if (!table)
        return;
    moving_table_end(table);
    free(table->buckets);
    free(table);
}

void moving_table_each(struct moving_table *table, void (*visit)(void *ctx, struct moving_entry *entry),
                       void *ctx)
{
    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct moving_entry *entry = table->buckets[i]; entry; entry = entry->next)
            visit(ctx, entry);
    }
}

size_t moving_table_count(const struct moving_table *table)
{
    return table->count;
}
