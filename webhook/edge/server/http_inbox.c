/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/server/http_inbox.h"

#include <stdlib.h>

void http_inbox_init(struct http_inbox *inbox, void (*ring)(struct http_inbox *inbox))
{
    if (pthread_mutex_init(&inbox->mutex, NULL) != 0)
        abort();
    linked_list_init(&inbox->messages);
    inbox->ring = ring;
}

void http_inbox_post(struct http_inbox *inbox, struct http_message *message)
{
    bool first;

    (void)pthread_mutex_lock(&inbox->mutex);
    first = linked_list_is_empty(&inbox->messages);
    linked_list_add(&inbox->messages, &message->link);
    (void)pthread_mutex_unlock(&inbox->mutex);
    if (first)
        inbox->ring(inbox);
}

void http_inbox_deliver(struct http_inbox *inbox)
{
    struct linked_list messages;

    linked_list_init(&messages);
    (void)pthread_mutex_lock(&inbox->mutex);
    linked_list_move(&messages, &inbox->messages);
    (void)pthread_mutex_unlock(&inbox->mutex);
    for (struct linked_list *link = linked_list_take(&messages); link; link = linked_list_take(&messages)) {
        struct http_message *message = CONTAINER_OF(struct http_message, link, link);
        message->on_arrival(message);
    }
}
