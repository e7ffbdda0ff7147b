/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/outbound.h"

#include "base/memory.h"
#include "edge/system/monotonic.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

enum {
    POLL_MS_MAX = 60000,
    IDLE_CONNECTIONS_MAX = 64,
};

struct outbound_end {
    struct outbound_end *next;
    void (*run)(void *ctx);
    void *ctx;
};

struct outbound {
    pthread_t thread;
    CURLM *multi;
    struct timer_queue timers;
    /* The inbox: all that other threads touch. */
    pthread_mutex_t lock;
    struct outbound_job *first;
    struct outbound_job **last;
    struct outbound_end *ends; /* the last one first */
    bool stopping;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

CURLM *outbound_multi(struct outbound *outbound)
{
    return outbound->multi;
}

struct timer_queue *outbound_timers(struct outbound *outbound)
{
    return &outbound->timers;
}

/* Returns whether the thread shall go on. */
static bool run_inbox(struct outbound *outbound)
{
    struct outbound_job *job;
    bool stopping;

    (void)pthread_mutex_lock(&outbound->lock);
    job = outbound->first;
    outbound->first = NULL;
    outbound->last = &outbound->first;
    stopping = outbound->stopping;
    (void)pthread_mutex_unlock(&outbound->lock);
    while (job) {
        struct outbound_job *next = job->next;

        job->run(job);
        job = next;
    }
    return !stopping;
}

static struct outbound_end *take_end(struct outbound *outbound)
{
    struct outbound_end *end;

    (void)pthread_mutex_lock(&outbound->lock);
    end = outbound->ends;
    if (end)
        outbound->ends = end->next;
    (void)pthread_mutex_unlock(&outbound->lock);
    return end;
}

static void run_ends(struct outbound *outbound)
{
    struct outbound_end *end;

    while ((end = take_end(outbound)) != NULL) {
        end->run(end->ctx);
        free(end);
    }
}

static void finish_transfers(struct outbound *outbound)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(outbound->multi, &left)) != NULL) {
        struct outbound_transfer *transfer = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        transfer->on_end(transfer, message->data.result);
    }
}

static void *outbound_main(void *arg)
{
    struct outbound *outbound = arg;
    int running;

    while (run_inbox(outbound)) {
        (void)curl_multi_perform(outbound->multi, &running);
        finish_transfers(outbound);
        timer_queue_run(&outbound->timers, monotonic_ms());
        (void)curl_multi_poll(outbound->multi, NULL, 0,
                              timer_queue_wait(&outbound->timers, monotonic_ms(), POLL_MS_MAX), NULL);
    }
    run_ends(outbound);
    return NULL;
}

/* Signals are the main thread's: this one must not be picked for them. */
static int start_thread(struct outbound *outbound)
{
    sigset_t all;
    sigset_t old;
    int failed;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    failed = pthread_create(&outbound->thread, NULL, outbound_main, outbound);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failed;
}

struct outbound *outbound_start(void)
{
    struct outbound *outbound = memory_zeroed(1, sizeof(*outbound));

    (void)pthread_once(&curl_once, init_curl);
    outbound->multi = curl_multi_init();
    outbound->last = &outbound->first;
    if (!outbound->multi || pthread_mutex_init(&outbound->lock, NULL) != 0)
        abort();
    (void)curl_multi_setopt(outbound->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS_MAX);
    if (start_thread(outbound) != 0)
        abort();
    return outbound;
}

void outbound_at_end(struct outbound *outbound, void (*end)(void *ctx), void *ctx)
{
    struct outbound_end *added = malloc(sizeof(*added));

    if (!added)
        abort();
    (void)pthread_mutex_lock(&outbound->lock);
    *added = (struct outbound_end){outbound->ends, end, ctx};
    outbound->ends = added;
    (void)pthread_mutex_unlock(&outbound->lock);
}

void outbound_post(struct outbound *outbound, struct outbound_job *job)
{
    job->next = NULL;
    (void)pthread_mutex_lock(&outbound->lock);
    *outbound->last = job;
    outbound->last = &job->next;
    (void)pthread_mutex_unlock(&outbound->lock);
    (void)curl_multi_wakeup(outbound->multi);
}

void outbound_stop(struct outbound *outbound)
{
    (void)pthread_mutex_lock(&outbound->lock);
    outbound->stopping = true;
    (void)pthread_mutex_unlock(&outbound->lock);
    (void)curl_multi_wakeup(outbound->multi);
    (void)pthread_join(outbound->thread, NULL);
    (void)curl_multi_cleanup(outbound->multi);
    timer_queue_release(&outbound->timers);
    (void)pthread_mutex_destroy(&outbound->lock);
    free(outbound);
}
