/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_TRIGGER_MOVING_TABLE_H
#define WEIR_ENGINE_TRIGGER_MOVING_TABLE_H

#include "edge/kube/watch.h"
#include "edge/log/log.h"
#include "engine/trigger/moving_entry.h"

/*
 * The workloads that carry one of the annotations, as the API server has them: a
 * watch for each kind. Of others nothing is kept. The outbound thread's alone.
 */
struct workload_listener {
    void (*on_changed)(void *ctx, struct moving_entry *entry); /* new, or another version */
    void (*on_removed)(void *ctx, struct moving_entry *entry); /* freed afterwards */
    void *ctx;
};

struct moving_table;

/* `log` may be NULL. */
struct moving_table *moving_table_new(const struct workload_listener *listener, struct log *log,
                                      uint64_t seed);
/* Before kube_client_free(). NULL is allowed. */
void moving_table_free(struct moving_table *table);
/* Begins to follow a kind; nothing where that is done already. */
void moving_table_follow(struct moving_table *table, enum moving_kind kind, struct kube_client *client);
/* Follows no kind any more, and forgets every workload. */
void moving_table_end(struct moving_table *table);

void moving_table_each(struct moving_table *table, void (*visit)(void *ctx, struct moving_entry *entry),
                       void *ctx);
size_t moving_table_count(const struct moving_table *table);

extern const struct kube_resource moving_table_resources[MOVING_KINDS];

#endif
