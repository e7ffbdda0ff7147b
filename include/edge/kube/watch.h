/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_WATCH_H
#define WEIR_EDGE_KUBE_WATCH_H

#include "edge/kube/list.h"

/*
 * Follows all objects of one resource for ever: a list in pages, then a watch
 * from the list's resourceVersion on, with bookmarks. What the follower is told,
 * in this order:
 *
 *   on_list_begin   a new set begins; what was told since the last on_synced is void
 *   on_object       KUBE_LISTED, for each object of the set
 *   on_synced       the set is whole: it replaces all that was known before
 *   on_object       KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED: one change each
 *
 * A connection that ends is made again from the last resourceVersion: no change
 * is lost or told twice, and there is no new list. Where the API server no
 * longer has that version (410), a new list is made, and until its on_synced the
 * follower keeps what it has: never a gap. A list that fails half-way is begun anew.
 *
 * Failures in a row are waited out longer and longer with jitter, at least as
 * long as Retry-After says; a watch without a byte for idle_ms is taken for dead.
 * A list or watch that cannot be read is a failure, too; after some of them in a
 * row a new list is made. One object beyond KUBE_OBJECT_MAX in a list is left
 * out and told by on_left_out; in a watch it makes a new list.
 *
 * The outbound thread's alone. Callbacks come outside of libcurl and may start
 * calls, but not stop the watch they come from.
 */
enum kube_change { KUBE_LISTED, KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED };

struct kube_follower {
    void (*on_list_begin)(void *ctx);
    void (*on_object)(void *ctx, enum kube_change change, const struct kube_object *object);
    void (*on_synced)(void *ctx);
    /* Each may be NULL. */
    void (*on_left_out)(void *ctx, const struct error *err);
    void (*on_connected)(void *ctx); /* a watch stands: what was told is what is, as of now */
    /*
     * A list or watch failed; it is tried again in `pause_ms`. ERROR_NOT_FOUND: the
     * server has no such resource (yet); ERROR_FORBIDDEN: we may not, or are not known.
     */
    void (*on_disconnected)(void *ctx, const struct error *err, int64_t pause_ms);
};

/* Texts are borrowed until kube_watch_start() returns. 0: the default. */
struct kube_watch_options {
    struct kube_selection selection;
    uint64_t seed;           /* of the jitter */
    int64_t page_size;       /* objects a page; KUBE_PAGE_SIZE; halved where one does not come in time */
    int64_t page_timeout_ms; /* KUBE_PAGE_MS */
    int64_t idle_ms;         /* 150000: the API server sends a bookmark each minute */
    int64_t watch_ms;        /* that a watch is asked to last, up to a third less or more; 450000 */
    int64_t pause_ms;        /* after the first failure, then doubled; 100 */
    int64_t pause_max_ms;    /* 5000; Retry-After up to twelve times that */
};

struct kube_watch_state {
    bool synced;                 /* a set was whole once */
    bool connected;              /* a watch stands */
    int64_t heard_ms;            /* monotonic_ms() of the last byte; 0: never */
    int64_t disconnected_ms;     /* since when; 0: connected, or never was */
    uint64_t lists;              /* that were whole */
    uint64_t watches;            /* that were begun */
    uint64_t changes;            /* that were told */
    uint64_t failures;           /* of both */
    uint64_t expired;            /* 410 */
    struct str resource_version; /* valid until the next callback */
};

struct kube_watch;
struct kube_watch *kube_watch_start(struct kube_client *client, const struct kube_watch_options *options,
                                    const struct kube_follower *follower, void *ctx);
/* Before kube_client_free(). NULL is allowed. */
void kube_watch_stop(struct kube_watch *watch);
struct kube_watch_state kube_watch_state(const struct kube_watch *watch);

#endif
