/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trigger/revision_listing.h"

#include "base/json/read.h"
#include "base/memory.h"
#include "edge/kube/list.h"

#include <stdlib.h>

enum { SELECTOR_MAX = 4 << 10, PAGE_MS = 20000 };

static const struct kube_resource replica_sets = {.group = STR_INIT("apps"),
                                                  .version = STR_INIT("v1"),
                                                  .plural = STR_INIT("replicasets"),
                                                  .namespaced = true};
static const struct kube_resource controller_revisions = {.group = STR_INIT("apps"),
                                                          .version = STR_INIT("v1"),
                                                          .plural = STR_INIT("controllerrevisions"),
                                                          .namespaced = true};

struct revision_listing {
    struct moving_entry *entry;
    struct kube_list *list;
    struct revision_set *set;
    void (*on_done)(struct moving_entry *entry, const struct error *err);
};

void revision_listing_free_set(struct revision_set *set)
{
    if (!set)
        return;
    arena_release(&set->arena);
    free(set);
}

static void on_item(void *ctx, const struct kube_object *object)
{
    struct revision_listing *listing = ctx;
    struct revision_set *set = listing->set;
    struct workload_revision revision;
    struct value *value;
    struct arena scratch;
    struct error err;

    arena_init(&scratch);
    if (set->count < REVISIONS_MAX && json_read(&scratch, object->json, &value, &err) == 0 &&
        workload_revision_read(&set->arena, value, listing->entry->workload.uid, &revision)) {
        if (set->count == set->size) {
            set->size = set->size > 0 ? 2 * set->size : 16;
            set->items = arena_grow(&set->arena, set->items, set->count, set->size, sizeof(*set->items));
        }
        set->items[set->count++] = revision;
    }
    arena_release(&scratch);
}

static void on_end(void *ctx, const struct kube_list_result *result)
{
    struct revision_listing *listing = ctx;
    struct moving_entry *entry = listing->entry;

    if (result->err) {
        revision_listing_free_set(listing->set);
    } else {
        revision_listing_free_set(entry->revisions);
        entry->revisions = listing->set;
        entry->revisions->listed_ms = monotonic_ms();
    }
    entry->listing = NULL;
    listing->on_done(entry, result->err);
    free(listing);
}

/* "app=web,tier=front" */
static struct str selector_of(struct arena *arena, const struct moving_workload *workload)
{
    struct text text;

    text_init(&text, arena, SELECTOR_MAX);
    for (size_t i = 0; i < workload->label_count; i++) {
        if (i > 0)
            text_add_char(&text, ',');
        text_add(&text, workload->labels[i].key);
        text_add_char(&text, '=');
        text_add(&text, workload->labels[i].value);
    }
    return text.too_long ? STR("") : text_str(&text); /* all of the namespace, then */
}

struct revision_listing *revision_listing_start(struct kube_client *client, struct moving_entry *entry,
                                                void (*on_done)(struct moving_entry *entry,
                                                                const struct error *err))
{
    struct revision_listing *listing = memory_zeroed(1, sizeof(*listing));
    bool sets = moving_workload_kinds[entry->workload.kind].revisions == REVISIONS_REPLICA_SETS;
    struct kube_list_options options = {
        .selection = {.resource = sets ? &replica_sets : &controller_revisions,
                      .namespace = entry->workload.namespace},
        .page_timeout_ms = PAGE_MS,
    };
    struct arena arena;

    listing->entry = entry;
    listing->on_done = on_done;
    listing->set = memory_zeroed(1, sizeof(*listing->set));
    listing->set->generation = entry->workload.generation;
    arena_init(&listing->set->arena);
    arena_init(&arena);
    options.selection.label_selector = selector_of(&arena, &entry->workload);
    listing->list = kube_list_start(client, &options, on_item, on_end, listing);
    arena_release(&arena);
    return listing;
}

void revision_listing_cancel(struct revision_listing *listing)
{
    if (!listing)
        return;
    kube_list_cancel(listing->list);
    revision_listing_free_set(listing->set);
    free(listing);
}
