/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_STREAM_TABLE_H
#define WEIR_ENGINE_IMPORT_STREAM_TABLE_H

#include "base/linked_list.h"
#include "core/import/view.h"
#include "edge/kube/watch.h"
#include "edge/log/log.h"

/*
 * All image streams of weir.dev as the API server has them, each kept as JSON
 * and decoded when something is to be decided of it: a hundred thousand are to
 * fit. The outbound thread's alone.
 */
enum {
    STREAM_TABLE_DECODED_MAX = 8 << 20, /* bytes of decoded streams that are kept, beside those in use */
};

/* One stream; texts are valid until its next change is told. */
struct stream_entry {
    struct str namespace;
    struct str name;
    struct str uid;
    struct str resource_version;
    struct str json; /* as stream_json_compact() leaves it */
    /* The importer's. */
    struct timer timer;
    struct stream_work *work; /* NULL: there is none */
    struct linked_list turn;  /* among those that are to be looked at */
    /* The table's. */
    struct stream_entry *next;
    uint64_t mark; /* of the list that it was last seen in */
    char *block;   /* of uid, resource_version, json */
    bool unseen;   /* its present version came from a write's answer, and not by the watch yet */
    bool refused;  /* its present version does not decode, and that was told */
    struct decoded_stream *decoded; /* NULL: is not kept */
    char text[];
};

/* Who hears of changes. May decode and update, but not end the table. Each may be NULL. */
struct stream_listener {
    void (*on_changed)(void *ctx,
                       struct stream_entry *entry); /* new, or another version, wherever it came from */
    void (*on_seen)(void *ctx,
                    struct stream_entry *entry); /* the watch shows a version that it did not show yet */
    void (*on_removed)(void *ctx, struct stream_entry *entry); /* freed afterwards */
    void (*on_synced)(void *ctx); /* all that there are have been told, again after each new list */
    void *ctx;
    struct stream_listener *next; /* the table's */
};

struct stream_table;

/* Texts are borrowed; `log` may be NULL. */
struct stream_table *stream_table_new(struct log *log);
/* Before kube_client_free(). NULL is allowed. */
void stream_table_free(struct stream_table *table);
/* `listener` outlives the table. Before stream_table_follow(). */
void stream_table_listen(struct stream_table *table, struct stream_listener *listener);
/* Begins to follow the API server. */
void stream_table_follow(struct stream_table *table, struct kube_client *client, uint64_t seed);

/* NULL where there is none. */
struct stream_entry *stream_table_find(struct stream_table *table, struct str namespace, struct str name);
/* Each of them; the table must not change meanwhile. */
void stream_table_each(struct stream_table *table, void (*visit)(void *ctx, struct stream_entry *entry),
                       void *ctx);
/* The stream, decoded and prepared, until stream_table_release(); NULL where it does not decode, which is
 * logged once. */
const struct import_stream *stream_table_decode(struct stream_table *table, struct stream_entry *entry);
void stream_table_release(struct stream_table *table, const struct import_stream *stream);

/* What a write or a read answered: taken where the stream is there, and this is a newer version of it. */
void stream_table_update(struct stream_table *table, struct str json);

bool stream_table_is_synced(const struct stream_table *table);
size_t stream_table_count(const struct stream_table *table);
struct kube_watch_state stream_table_watch(const struct stream_table *table);

extern const struct kube_resource stream_table_resource;

#endif
