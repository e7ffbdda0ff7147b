/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_OUTBOUND_OUTBOUND_H
#define WEIR_EDGE_OUTBOUND_OUTBOUND_H

#include "edge/outbound/timer_queue.h"
#include "edge/system/monotonic.h"

#include <curl/curl.h>

/*
 * The one thread that talks to other servers: it owns curl_multi, every
 * transfer and the timers. Others hand it jobs; everything but
 * outbound_post() and outbound_stop() belongs to the thread itself.
 */
struct outbound;

/* Work for the thread, embedded in the poster's memory, run once in the order of posting. */
struct outbound_job {
    struct outbound_job *next;
    void (*run)(struct outbound_job *job);
};

/* What CURLOPT_PRIVATE of every easy handle points to. */
struct outbound_transfer {
    void (*on_end)(struct outbound_transfer *transfer, CURLcode code);
};

struct outbound *outbound_start(void);
/*
 * `end` runs on the thread when it stops, to end what its owner has in flight.
 * What was added last ends first: a user before what it uses. Any thread,
 * before outbound_stop() was called.
 */
void outbound_at_end(struct outbound *outbound, void (*end)(void *ctx), void *ctx);
/* Any thread, before outbound_stop() was called. */
void outbound_post(struct outbound *outbound, struct outbound_job *job);
/* Runs what was posted, then the ends; joins and frees. */
void outbound_stop(struct outbound *outbound);

CURLM *outbound_multi(struct outbound *outbound);
struct timer_queue *outbound_timers(struct outbound *outbound);

#endif
