/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/stream_table.h"

#include "base/memory.h"
#include "edge/system/random.h"
#include "engine/import/decoded_stream.h"
#include "engine/import/stream_json.h"

#include <stdlib.h>

enum {
    BUCKETS_FIRST = 256,
    VERSION_DIGITS_MAX = 20,
};

const struct kube_resource stream_table_resource = {
    .group = STR_INIT("weir.dev"),
    .version = STR_INIT("v1alpha1"),
    .plural = STR_INIT("imagestreams"),
    .namespaced = true,
};

struct stream_table {
    struct log *log;
    struct kube_watch *watch;
    uint64_t seed;
    struct stream_entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    uint64_t mark; /* of the present list */
    bool synced;
    bool failing; /* as was logged */
    struct stream_listener *listeners;
    struct linked_list recent; /* the decoded ones, the one longest unused first */
    size_t decoded_size;       /* of those */
};

/* Finding */

static struct stream_entry **bucket_of(struct stream_table *table, struct str namespace, struct str name)
{
    uint64_t hash = str_hash(name, str_hash(namespace, table->seed));

    return &table->buckets[hash & (table->bucket_count - 1)];
}

static struct stream_entry **find_link(struct stream_table *table, struct str namespace, struct str name)
{
    struct stream_entry **link = bucket_of(table, namespace, name);

    while (*link && !(str_equal((*link)->name, name) && str_equal((*link)->namespace, namespace)))
        link = &(*link)->next;
    return link;
}

struct stream_entry *stream_table_find(struct stream_table *table, struct str namespace, struct str name)
{
    return *find_link(table, namespace, name);
}

void stream_table_each(struct stream_table *table, void (*visit)(void *ctx, struct stream_entry *entry),
                       void *ctx)
{
    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct stream_entry *entry = table->buckets[i]; entry; entry = entry->next)
            visit(ctx, entry);
    }
}

static void grow(struct stream_table *table)
{
    struct stream_entry **old = table->buckets;
    size_t old_count = table->bucket_count;

    table->bucket_count = 2 * old_count;
    table->buckets = memory_zeroed(table->bucket_count, sizeof(struct stream_entry *));
    for (size_t i = 0; i < old_count; i++) {
        for (struct stream_entry *entry = old[i], *next; entry; entry = next) {
            struct stream_entry **bucket = bucket_of(table, entry->namespace, entry->name);

            next = entry->next;
            entry->next = *bucket;
            *bucket = entry;
        }
    }
    free(old);
}

/* Decoding */

static void drop_decoded(struct stream_table *table, struct decoded_stream *decoded)
{
    linked_list_remove(&decoded->link);
    table->decoded_size -= decoded->size;
    decoded->stale = true;
    if (decoded->holders == 0)
        decoded_stream_free(decoded);
}

static void forget_decoded(struct stream_table *table, struct stream_entry *entry)
{
    if (entry->decoded)
        drop_decoded(table, entry->decoded);
    entry->decoded = NULL;
}

/* Those in use stay. */
static void shrink(struct stream_table *table)
{
    struct linked_list *link = linked_list_first(&table->recent);

    while (link && table->decoded_size > STREAM_TABLE_DECODED_MAX) {
        struct decoded_stream *decoded = CONTAINER_OF(struct decoded_stream, link, link);

        link = linked_list_next(&table->recent, link);
        if (decoded->holders == 0)
            forget_decoded(table, decoded->entry);
    }
}

static void refuse(struct stream_table *table, struct stream_entry *entry, const struct error *err)
{
    if (!entry->refused)
        log_error(table->log, "object refused", LOG_STR("resource", STR("imagestreams.weir.dev")),
                  LOG_STR("namespace", entry->namespace), LOG_STR("name", entry->name),
                  LOG_STR("message", error_text(err)));
    entry->refused = true;
}

const struct import_stream *stream_table_decode(struct stream_table *table, struct stream_entry *entry)
{
    struct error err;

    if (!entry->decoded) {
        if (entry->refused || decoded_stream_new(entry->json, &entry->decoded, &err) < 0) {
            refuse(table, entry, &err);
            entry->decoded = NULL;
            return NULL;
        }
        entry->decoded->entry = entry;
        table->decoded_size += entry->decoded->size;
    }
    linked_list_remove(&entry->decoded->link);
    linked_list_add(&table->recent, &entry->decoded->link);
    entry->decoded->holders++;
    shrink(table);
    return &entry->decoded->stream;
}

void stream_table_release(struct stream_table *table, const struct import_stream *stream)
{
    struct decoded_stream *decoded = decoded_stream_of(stream);

    decoded->holders--;
    if (decoded->stale && decoded->holders == 0)
        decoded_stream_free(decoded);
    else
        shrink(table);
}

/* Changing */

static void set_version(struct stream_entry *entry, const struct kube_object *object, struct str json)
{
    char *block = memory_bytes(object->uid.len + object->resource_version.len + json.len);
    char *at = block;

    entry->uid = str_put(&at, object->uid);
    entry->resource_version = str_put(&at, object->resource_version);
    entry->json = str_put(&at, json);
    free(entry->block);
    entry->block = block;
    entry->refused = false;
}

static struct stream_entry *add_entry(struct stream_table *table, const struct kube_object *object)
{
    struct stream_entry *entry = memory_zeroed(1, sizeof(*entry) + object->namespace.len + object->name.len);
    char *at = entry->text;
    struct stream_entry **bucket;

    if (table->count >= table->bucket_count)
        grow(table);
    entry->namespace = str_put(&at, object->namespace);
    entry->name = str_put(&at, object->name);
    bucket = bucket_of(table, entry->namespace, entry->name);
    entry->next = *bucket;
    *bucket = entry;
    table->count++;
    return entry;
}

static void tell(struct stream_table *table, size_t offset, struct stream_entry *entry)
{
    for (const struct stream_listener *listener = table->listeners; listener; listener = listener->next) {
        void (*told)(void *ctx, struct stream_entry *entry);

        memcpy(&told, (const char *)listener + offset, sizeof(told));
        if (told)
            told(listener->ctx, entry);
    }
}

static void put(struct stream_table *table, struct stream_entry *entry, const struct kube_object *object)
{
    struct arena arena;

    arena_init(&arena);
    forget_decoded(table, entry);
    set_version(entry, object, stream_json_compact(&arena, object->json));
    arena_release(&arena);
    tell(table, offsetof(struct stream_listener, on_changed), entry);
}

static void remove_entry(struct stream_table *table, struct stream_entry **link)
{
    struct stream_entry *entry = *link;

    tell(table, offsetof(struct stream_listener, on_removed), entry);
    *link = entry->next;
    table->count--;
    forget_decoded(table, entry);
    free(entry->block);
    free(entry);
}

/*
 * Versions of one object are numbers that grow (Kubernetes, "Resource
 * Versions"); where they are none, what comes last counts.
 */
static bool is_older(struct str version, struct str than)
{
    int64_t a;
    int64_t b;

    return str_to_int64(version, 0, INT64_MAX, &a) && str_to_int64(than, 0, INT64_MAX, &b) && a < b;
}

static void show(struct stream_table *table, const struct kube_object *object)
{
    struct stream_entry *entry = stream_table_find(table, object->namespace, object->name);
    bool unseen;

    if (!entry)
        entry = add_entry(table, object);
    entry->mark = table->mark;
    if (str_equal(entry->uid, object->uid) && is_older(object->resource_version, entry->resource_version))
        return;
    unseen = entry->unseen;
    entry->unseen = false;
    if (!str_equal(entry->uid, object->uid) ||
        !str_equal(entry->resource_version, object->resource_version)) {
        put(table, entry, object);
        unseen = true;
    }
    if (unseen)
        tell(table, offsetof(struct stream_listener, on_seen), entry);
}

void stream_table_update(struct stream_table *table, struct str json)
{
    struct kube_object object;
    struct stream_entry *entry;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    if (kube_object_read(&arena, json, &object, &err) == 0) {
        entry = stream_table_find(table, object.namespace, object.name);
        if (entry && str_equal(entry->uid, object.uid) &&
            is_older(entry->resource_version, object.resource_version)) {
            entry->unseen = true;
            put(table, entry, &object);
        }
    }
    arena_release(&arena);
}

/* The callbacks of a kube_follower */

static void on_list_begin(void *ctx)
{
    struct stream_table *table = ctx;

    table->mark++;
}

static void on_object(void *ctx, enum kube_change change, const struct kube_object *object)
{
    struct stream_table *table = ctx;
    struct stream_entry **link;

    if (change != KUBE_DELETED) {
        show(table, object);
        return;
    }
    link = find_link(table, object->namespace, object->name);
    if (*link)
        remove_entry(table, link);
}

static void sweep(struct stream_table *table)
{
    for (size_t i = 0; i < table->bucket_count; i++) {
        struct stream_entry **link = &table->buckets[i];

        while (*link) {
            if ((*link)->mark != table->mark)
                remove_entry(table, link);
            else
                link = &(*link)->next;
        }
    }
}

static void on_synced(void *ctx)
{
    struct stream_table *table = ctx;

    sweep(table);
    table->synced = true;
    log_info(table->log, "streams listed", LOG_INT("streams", table->count));
    for (const struct stream_listener *listener = table->listeners; listener; listener = listener->next) {
        if (listener->on_synced)
            listener->on_synced(listener->ctx);
    }
}

static void on_left_out(void *ctx, const struct error *err)
{
    struct stream_table *table = ctx;

    log_error(table->log, "objects refused", LOG_STR("resource", STR("imagestreams.weir.dev")),
              LOG_STR("message", error_text(err)));
}

static void on_connected(void *ctx)
{
    struct stream_table *table = ctx;

    if (table->failing)
        log_info(table->log, "streams followed again", LOG_STR("resource", STR("imagestreams.weir.dev")));
    table->failing = false;
}

static void on_disconnected(void *ctx, const struct error *err, int64_t pause_ms)
{
    struct stream_table *table = ctx;

    if (!table->failing)
        log_warning(table->log, "streams not followed", LOG_STR("message", error_text(err)),
                    LOG_INT("again_in_ms", pause_ms));
    table->failing = true;
}

/* Life */

struct stream_table *stream_table_new(struct log *log)
{
    struct stream_table *table = memory_zeroed(1, sizeof(*table));

    table->log = log;
    table->seed = random_number();
    table->bucket_count = BUCKETS_FIRST;
    table->buckets = memory_zeroed(table->bucket_count, sizeof(struct stream_entry *));
    linked_list_init(&table->recent);
    return table;
}

void stream_table_listen(struct stream_table *table, struct stream_listener *listener)
{
    listener->next = table->listeners;
    table->listeners = listener;
}

void stream_table_follow(struct stream_table *table, struct kube_client *client, uint64_t seed)
{
    static const struct kube_follower callbacks = {
        .on_list_begin = on_list_begin,
        .on_object = on_object,
        .on_synced = on_synced,
        .on_left_out = on_left_out,
        .on_connected = on_connected,
        .on_disconnected = on_disconnected,
    };
    const struct kube_watch_options options = {.selection = {.resource = &stream_table_resource},
                                               .seed = seed};

    table->watch = kube_watch_start(client, &options, &callbacks, table);
}

void stream_table_free(struct stream_table *table)
{
    if (!table)
        return;
    kube_watch_stop(table->watch);
    for (size_t i = 0; i < table->bucket_count; i++) {
        while (table->buckets[i])
            remove_entry(table, &table->buckets[i]);
    }
    free(table->buckets);
    free(table);
}

bool stream_table_is_synced(const struct stream_table *table)
{
    return table->synced;
}

size_t stream_table_count(const struct stream_table *table)
{
    return table->count;
}

struct kube_watch_state stream_table_watch(const struct stream_table *table)
{
    if (!table->watch)
        return (struct kube_watch_state){.synced = false};
    return kube_watch_state(table->watch);
}
