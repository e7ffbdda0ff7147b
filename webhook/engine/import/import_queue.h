/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_IMPORT_QUEUE_H
#define WEIR_ENGINE_IMPORT_IMPORT_QUEUE_H

#include "base/linked_list.h"
#include "base/str.h"

#include <stdint.h>

/*
 * What waits to be asked of registries, in an order that is fair: hosts take
 * turns, and at each host the streams. Each host has so many under way, of each
 * stream a part of them, so that neither a slow host nor a stream of a thousand
 * tags delays others. One owning thread.
 */
struct import_queue;

struct import_queue_limits {
    size_t running_max;        /* of all hosts together */
    size_t host_running_max;   /* at one host */
    size_t stream_running_max; /* of one stream at one host */
};

/* One party whose items are served in turn: a stream. Zero before use; outlives its items. */
struct import_queue_stream {
    struct import_queue_lane *lanes; /* one for each host that is asked for it */
};

enum import_queue_state { QUEUE_IDLE, QUEUE_WAITING, QUEUE_RUNNING };

/* One question; lives in its asker's memory. Zero before use. */
struct import_queue_item {
    enum import_queue_state state;
    int64_t since_ms; /* when it was added */
    struct import_queue_lane *lane;
    struct linked_list link;  /* waiting in its lane */
    struct linked_list order; /* waiting, the oldest first */
};

struct import_queue *import_queue_new(const struct import_queue_limits *limits);
/* It is empty. */
void import_queue_free(struct import_queue *queue);

void import_queue_add(struct import_queue *queue, struct import_queue_item *item,
                      struct import_queue_stream *stream, struct str host, int64_t now_ms);
/* The next one to be asked, RUNNING from now on; NULL: none may be now. */
struct import_queue_item *import_queue_take(struct import_queue *queue);
/* It was asked, or shall not be any more. IDLE does nothing. */
void import_queue_end(struct import_queue *queue, struct import_queue_item *item);

size_t import_queue_waiting(const struct import_queue *queue);
size_t import_queue_running(const struct import_queue *queue);
/* How long the oldest one waits; 0: none does. */
int64_t import_queue_age_ms(const struct import_queue *queue, int64_t now_ms);

#endif
