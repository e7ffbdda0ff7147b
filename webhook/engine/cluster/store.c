/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* malloc_trim */
#include "engine/cluster/store.h"

#include "base/memory.h"
#include "edge/system/monotonic.h"
#include "edge/system/random.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PUBLISH_PAUSE_MS = 5, /* after a change, for others that come with it */
    REAP_MS = 1000,
};

struct cluster_store {
    struct outbound_job begin;
    struct timer publish_timer;
    struct timer reap_timer;
    struct cluster_store_options options;
    struct outbound *outbound;
    struct kube_client *client;
    struct cluster_facts *facts;
    struct cluster_tables *tables;
    struct object_reader *reader;
    struct cluster_follower followers[CLUSTER_RESOURCES];
    bool published;
    /* What other threads see. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct cluster_store_state state;
};

/* Nothing is in force before everything is known. */
static bool is_complete(const struct cluster_store *store)
{
    for (size_t i = 0; i < CLUSTER_RESOURCES; i++) {
        const struct cluster_follower_state *state = &store->followers[i].state;

        if (!state->synced && !state->absent)
            return false;
    }
    return true;
}

static void tell_state(struct cluster_store *store, int64_t publication_ns)
{
    (void)pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < CLUSTER_RESOURCES; i++)
        store->state.resources[i] = cluster_follower_state(&store->followers[i]);
    store->state.published = store->published;
    if (publication_ns > 0) {
        store->state.publications++;
        store->state.publication_ns += publication_ns;
        if (publication_ns > store->state.publication_max_ns)
            store->state.publication_max_ns = publication_ns;
    }
    (void)pthread_cond_broadcast(&store->changed);
    (void)pthread_mutex_unlock(&store->lock);
}

static void on_reap(struct timer *timer)
{
    struct cluster_store *store = CONTAINER_OF(struct cluster_store, reap_timer, timer);

    if (cluster_tables_reap(store->tables))
        timer_queue_set(outbound_timers(store->outbound), timer, monotonic_ms() + REAP_MS);
}

static int64_t publish(struct cluster_store *store)
{
    int64_t began = monotonic_ns();
    int64_t took;

    cluster_tables_publish(store->tables, store->options.slot);
    took = monotonic_ns() - began;
    if (!store->published)
        (void)malloc_trim(0); /* what the lists took, and the objects do not need */
    store->published = true;
    if (!store->reap_timer.place)
        timer_queue_set(outbound_timers(store->outbound), &store->reap_timer, monotonic_ms() + REAP_MS);
    if (store->options.on_published)
        store->options.on_published(store->options.ctx);
    return took > 0 ? took : 1;
}

static void on_publish(struct timer *timer)
{
    struct cluster_store *store = CONTAINER_OF(struct cluster_store, publish_timer, timer);

    bool due = store->published ? cluster_tables_is_changed(store->tables) : is_complete(store);

    tell_state(store, due ? publish(store) : 0);
}

static void on_change(void *ctx)
{
    struct cluster_store *store = ctx;

    if (!store->publish_timer.place)
        timer_queue_set(outbound_timers(store->outbound), &store->publish_timer,
                        monotonic_ms() + PUBLISH_PAUSE_MS);
}

static bool is_followed(const struct cluster_store *store, enum cluster_resource resource)
{
    return !store->options.without_streams ||
           (resource != CLUSTER_STREAMS && resource != CLUSTER_OPENSHIFT_STREAMS);
}

static void on_begin(struct outbound_job *job)
{
    struct cluster_store *store = (struct cluster_store *)(void *)job;

    store->client = kube_client_new(store->outbound, store->options.config);
    cluster_facts_begin(store->facts, store->client);
    for (size_t i = 0; i < CLUSTER_RESOURCES; i++) {
        store->followers[i] = (struct cluster_follower){
            .resource = (enum cluster_resource)i,
            .tables = store->tables,
            .reader = store->reader,
            .log = store->options.log,
            .namespace = store->options.namespace,
            .on_change = on_change,
            .ctx = store,
        };
        if (is_followed(store, (enum cluster_resource)i))
            cluster_follower_start(&store->followers[i], store->client, random_number());
        else
            store->followers[i].state.absent = true;
    }
}

/* The last thing on the thread. */
static void on_stop(void *ctx)
{
    struct cluster_store *store = ctx;

    for (size_t i = 0; i < CLUSTER_RESOURCES; i++)
        cluster_follower_stop(&store->followers[i]);
    timer_queue_clear(outbound_timers(store->outbound), &store->publish_timer);
    timer_queue_clear(outbound_timers(store->outbound), &store->reap_timer);
    cluster_facts_end(store->facts);
    kube_client_free(store->client);
}

struct cluster_store *cluster_store_start(const struct cluster_store_options *options)
{
    struct cluster_store *store = memory_zeroed(1, sizeof(*store));
    pthread_condattr_t attributes;

    if (pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_mutex_init(&store->lock, NULL) != 0 || pthread_cond_init(&store->changed, &attributes) != 0)
        abort();
    (void)pthread_condattr_destroy(&attributes);
    store->options = *options;
    store->tables = cluster_tables_new();
    store->reader = stored_object_reader_new();
    store->begin.run = on_begin;
    store->publish_timer.run = on_publish;
    store->reap_timer.run = on_reap;
    store->outbound = outbound_start();
    outbound_at_end(store->outbound, on_stop, store);
    store->facts = cluster_facts_new(store->outbound, options->log);
    outbound_post(store->outbound, &store->begin);
    return store;
}

void cluster_store_stop(struct cluster_store *store)
{
    outbound_stop(store->outbound);
    store->outbound = NULL;
}

void cluster_store_free(struct cluster_store *store)
{
    if (!store)
        return;
    cluster_facts_free(store->facts);
    cluster_tables_free(store->tables);
    stored_object_reader_free(store->reader);
    (void)pthread_cond_destroy(&store->changed);
    (void)pthread_mutex_destroy(&store->lock);
    free(store);
}

struct cluster_facts *cluster_store_facts(struct cluster_store *store)
{
    return store->facts;
}

void cluster_store_state(struct cluster_store *store, struct cluster_store_state *ret)
{
    (void)pthread_mutex_lock(&store->lock);
    *ret = store->state;
    (void)pthread_mutex_unlock(&store->lock);
}

/* The first failure that keeps us from beginning, or NULL. */
static const struct error *find_failure(const struct cluster_store_state *state, size_t *ret_index)
{
    for (size_t i = 0; i < CLUSTER_RESOURCES; i++) {
        const struct cluster_follower_state *resource = &state->resources[i];

        *ret_index = i;
        if (!resource->synced && !resource->absent && resource->err.code != ERROR_NONE)
            return &resource->err;
    }
    return NULL;
}

static struct timespec deadline_in(int64_t ms)
{
    int64_t at = monotonic_ns() + ms * 1000000;

    return (struct timespec){(time_t)(at / 1000000000), (long)(at % 1000000000)};
}

int cluster_store_wait(struct cluster_store *store, int64_t timeout_ms, struct error *err)
{
    struct timespec deadline = deadline_in(timeout_ms);
    const struct error *failure = NULL;
    size_t index;
    int waited = 0;
    int ret = 0;

    (void)pthread_mutex_lock(&store->lock);
    while (!store->state.published && !(failure = find_failure(&store->state, &index)) && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&store->changed, &store->lock, &deadline);
    if (failure) {
        *err = *failure;
        ret = error_prefix(err, "%s", cluster_tables_resources[index].name);
    } else if (!store->state.published) {
        ret = error_set(err, ERROR_TIMEOUT, "the cluster's objects did not come within %lld s",
                        (long long)(timeout_ms / 1000));
    }
    (void)pthread_mutex_unlock(&store->lock);
    return ret;
}

/* What is waited for before anything is in force. */
static void describe_waiting(const struct cluster_store_state *state, struct error *ret)
{
    size_t index;
    const struct error *failure = find_failure(state, &index);

    if (failure) {
        (void)!error_set(ret, ERROR_UNAVAILABLE, "%s: " STR_FMT, cluster_tables_resources[index].name,
                         STR_ARG(error_text(failure)));
        return;
    }
    for (size_t i = 0; i < CLUSTER_RESOURCES; i++) {
        if (state->resources[i].synced || state->resources[i].absent)
            continue;
        (void)!error_set(ret, ERROR_UNAVAILABLE, "%s are not listed yet", cluster_tables_resources[i].name);
        return;
    }
    (void)!error_set(ret, ERROR_UNAVAILABLE, "not listed yet");
}

static void describe_served(const struct cluster_store_state *state, struct error *ret)
{
    int64_t now = monotonic_ms();

    *ret = (struct error){ERROR_NONE, ""};
    for (size_t i = 0; i < CLUSTER_RESOURCES; i++) {
        const struct cluster_follower_state *resource = &state->resources[i];

        if (resource->connected || resource->absent || resource->disconnected_ms == 0)
            continue;
        (void)!error_set(ret, ERROR_UNAVAILABLE, "served from memory, %s not followed for %lld s: " STR_FMT,
                         cluster_tables_resources[i].name,
                         (long long)((now - resource->disconnected_ms) / 1000),
                         STR_ARG(error_text(&resource->err)));
        return;
    }
}

bool cluster_store_describe(struct cluster_store *store, struct error *ret)
{
    struct cluster_store_state state;

    cluster_store_state(store, &state);
    if (state.published)
        describe_served(&state, ret);
    else
        describe_waiting(&state, ret);
    return state.published;
}
