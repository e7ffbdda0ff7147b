/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/import_queue.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/*
 * A lane is what one stream asks of one host. It stands among its host's `ready`
 * lanes while it has an item that may be asked, as far as the stream goes; a host
 * stands among the queue's `ready` hosts while it has such a lane and may have one
 * more under way. Whoever is served goes to the end. Lanes and hosts that nothing
 * is in are freed.
 */
struct import_queue_lane {
    struct import_queue_lane *next; /* of the stream */
    struct import_queue_stream *stream;
    struct import_queue_host *host;
    struct linked_list waiting; /* items */
    size_t running;
    struct linked_list link; /* among the ready ones */
};

struct import_queue_host {
    struct import_queue_host *next; /* in its bucket */
    struct linked_list ready;       /* lanes */
    struct linked_list link;        /* among the ready ones */
    size_t lanes;
    size_t running;
    size_t name_len;
    char name[];
};

enum { HOST_BUCKETS = 256 };

struct import_queue {
    struct import_queue_limits limits;
    struct import_queue_host *hosts[HOST_BUCKETS];
    struct linked_list ready; /* hosts */
    struct linked_list order; /* all items that wait */
    size_t waiting;
    size_t running;
};

struct import_queue *import_queue_new(const struct import_queue_limits *limits)
{
    struct import_queue *queue = memory_zeroed(1, sizeof(*queue));

    queue->limits = *limits;
    linked_list_init(&queue->ready);
    linked_list_init(&queue->order);
    return queue;
}

void import_queue_free(struct import_queue *queue)
{
    free(queue);
}

static struct import_queue_host **host_link(struct import_queue *queue, struct str name)
{
    struct import_queue_host **link = &queue->hosts[str_hash(name, (uintptr_t)queue) % HOST_BUCKETS];

    while (*link && !str_equal((struct str){(*link)->name, (*link)->name_len}, name))
        link = &(*link)->next;
    return link;
}

static struct import_queue_host *get_host(struct import_queue *queue, struct str name)
{
    struct import_queue_host **link = host_link(queue, name);
    struct import_queue_host *host = *link;

    if (host)
        return host;
    host = memory_zeroed(1, sizeof(*host) + name.len);
    linked_list_init(&host->ready);
    host->name_len = name.len;
    if (name.len > 0)
        memcpy(host->name, name.ptr, name.len);
    *link = host;
    return host;
}

static struct import_queue_lane *get_lane(struct import_queue_stream *stream, struct import_queue_host *host)
{
    struct import_queue_lane *lane = stream->lanes;

    while (lane && lane->host != host)
        lane = lane->next;
    if (lane)
        return lane;
    lane = memory_zeroed(1, sizeof(*lane));
    linked_list_init(&lane->waiting);
    lane->stream = stream;
    lane->host = host;
    lane->next = stream->lanes;
    stream->lanes = lane;
    host->lanes++;
    return lane;
}

/* In the list while `ready`; one that stays in keeps its place. */
static void keep_in(struct linked_list *list, struct linked_list *link, bool ready)
{
    if (!ready)
        linked_list_remove(link);
    else if (!linked_list_is_linked(link))
        linked_list_add(list, link);
}

static void free_lane(struct import_queue_lane *lane)
{
    struct import_queue_lane **link = &lane->stream->lanes;

    while (*link != lane)
        link = &(*link)->next;
    *link = lane->next;
    lane->host->lanes--;
    free(lane);
}

static void free_host(struct import_queue *queue, struct import_queue_host *host)
{
    *host_link(queue, (struct str){host->name, host->name_len}) = host->next;
    free(host);
}

/* After each change of a lane: who is ready, and who goes. */
static void settle(struct import_queue *queue, struct import_queue_lane *lane)
{
    struct import_queue_host *host = lane->host;
    bool waits = !linked_list_is_empty(&lane->waiting);

    keep_in(&host->ready, &lane->link, waits && lane->running < queue->limits.stream_running_max);
    keep_in(&queue->ready, &host->link,
            !linked_list_is_empty(&host->ready) && host->running < queue->limits.host_running_max);
    if (!waits && lane->running == 0)
        free_lane(lane);
    if (host->lanes == 0)
        free_host(queue, host);
}

void import_queue_add(struct import_queue *queue, struct import_queue_item *item,
                      struct import_queue_stream *stream, struct str host, int64_t now_ms)
{
    item->state = QUEUE_WAITING;
    item->since_ms = now_ms;
    item->lane = get_lane(stream, get_host(queue, host));
    linked_list_add(&item->lane->waiting, &item->link);
    linked_list_add(&queue->order, &item->order);
    queue->waiting++;
    settle(queue, item->lane);
}

static void stop_waiting(struct import_queue *queue, struct import_queue_item *item)
{
    linked_list_remove(&item->link);
    linked_list_remove(&item->order);
    queue->waiting--;
}

struct import_queue_item *import_queue_take(struct import_queue *queue)
{
    struct linked_list *first = linked_list_first(&queue->ready);
    struct import_queue_host *host;
    struct import_queue_lane *lane;
    struct import_queue_item *item;

    if (!first || queue->running >= queue->limits.running_max)
        return NULL;
    host = CONTAINER_OF(struct import_queue_host, link, linked_list_take(&queue->ready));
    lane = CONTAINER_OF(struct import_queue_lane, link, linked_list_take(&host->ready));
    item = CONTAINER_OF(struct import_queue_item, link, linked_list_first(&lane->waiting));
    stop_waiting(queue, item);
    item->state = QUEUE_RUNNING;
    queue->running++;
    host->running++;
    lane->running++;
    settle(queue, lane);
    return item;
}

void import_queue_end(struct import_queue *queue, struct import_queue_item *item)
{
    struct import_queue_lane *lane = item->lane;

    if (item->state == QUEUE_IDLE)
        return;
    if (item->state == QUEUE_WAITING) {
        stop_waiting(queue, item);
    } else {
        queue->running--;
        lane->host->running--;
        lane->running--;
    }
    item->state = QUEUE_IDLE;
    item->lane = NULL;
    settle(queue, lane);
}

size_t import_queue_waiting(const struct import_queue *queue)
{
    return queue->waiting;
}

size_t import_queue_running(const struct import_queue *queue)
{
    return queue->running;
}

int64_t import_queue_age_ms(const struct import_queue *queue, int64_t now_ms)
{
    const struct linked_list *first = linked_list_first(&queue->order);

    return first ? now_ms - CONTAINER_OF(struct import_queue_item, order, (uintptr_t)first)->since_ms : 0;
}
