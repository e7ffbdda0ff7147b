/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_INBOX_H
#define WEIR_EDGE_SERVER_HTTP_INBOX_H

#include "base/linked_list.h"

#include <pthread.h>

/*
 * How other threads reach a loop: they post messages, and the loop's thread
 * delivers them in the order of posting. A message is a member of what it is
 * about, so posting allocates nothing.
 */

/* Zeroed but for `on_arrival`. The inbox has it from the post until its arrival begins. */
struct http_message {
    struct linked_list link;
    void (*on_arrival)(
        struct http_message *message); /* on the loop's thread; may free it, may post it again */
};

/* One loop's. Members are private. */
struct http_inbox {
    pthread_mutex_t mutex;
    struct linked_list messages;
    void (*ring)(struct http_inbox *inbox);
};

/* Any thread, as long as the server's memory lives; what is posted after its stop never arrives. */
void http_inbox_post(struct http_inbox *inbox, struct http_message *message);

/* For the server. */

/*
 * `ring` tells the loop's thread to deliver. It is called by a thread that
 * posts, when the first message comes into an empty inbox; and not again before
 * a delivery has begun.
 */
void http_inbox_init(struct http_inbox *inbox, void (*ring)(struct http_inbox *inbox));
/* The loop's thread: delivers what has been posted. What arrivals post is delivered the next time. */
void http_inbox_deliver(struct http_inbox *inbox);

#endif
