/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/watch.h"

#include "base/memory.h"
#include "edge/kube/status.h"
#include "edge/kube/watch_framing.h"
#include "edge/system/backoff.h"

#include <stdlib.h>
#include <string.h>

enum {
    IDLE_MS = 150000,
    HEADERS_MS = 30000, /* until a watch's headers are there */
    WATCH_MS = 450000,
    PAUSE_MS = 100,
    PAUSE_MAX_MS = 5000,
    STEADY_MS = 5000,  /* a watch that lasted this long was a good one */
    DISTRUST_MAX = 3,  /* refusals and nonsense in a row; then the resourceVersion is given up */
    VERSION_MAX = 256, /* bytes of a resourceVersion */
    QUERY_MAX = 16 << 10,
    PAGE_MIN = 10,
    EVENT_OVERHEAD = 4096, /* of an event around its object */
};

/*
 * A follower goes round between three states, of which one member tells each:
 *
 *   pausing   `timer` runs begin(). Then: without a resourceVersion (`version_len` is 0) a list, else a
 * watch. listing   `list` reads pages. Whole: its resourceVersion is kept, and a watch begins at once.
 *   watching  `call` brings lines, each of which moves the resourceVersion on; `timer` runs on_idle().
 *
 * Every trouble ends in fail(), which drops what is under way and pauses, longer each time. Only two things
 * take the resourceVersion away, so that a list follows: the server no longer has it (410), or refusals and
 * nonsense have come DISTRUST_MAX times in a row. A watch that got on resets both counts.
 */
struct kube_watch {
    struct timer timer; /* first: of a pause, or of an idle watch */
    struct kube_client *client;
    struct timer_queue *timers;
    struct arena arena;
    struct kube_watch_options options;
    struct kube_follower follower;
    void *ctx;
    struct backoff backoff;
    struct kube_list *list;
    struct kube_call *call;
    struct watch_framing framing;
    struct kube_watch_state state;
    char version[VERSION_MAX];
    size_t version_len; /* 0: a list is due */
    int64_t begun_ms;   /* the watch */
    int64_t listed_ms;  /* the last whole list */
    int distrust;
};

static void begin(struct timer *timer);

static void set_timer(struct kube_watch *watch, void (*run)(struct timer *timer), int64_t in_ms)
{
    watch->timer.run = run;
    timer_queue_set(watch->timers, &watch->timer, monotonic_ms() + in_ms);
}

static void drop_call(struct kube_watch *watch)
{
    if (watch->call)
        kube_client_cancel(watch->call);
    watch->call = NULL;
}

static int64_t pause_for(struct kube_watch *watch, int64_t retry_after_ms)
{
    int64_t ret = backoff_next(&watch->backoff);
    int64_t most = watch->options.pause_max_ms * 12;

    if (retry_after_ms > most)
        retry_after_ms = most;
    if (ret > retry_after_ms)
        return ret;
    return retry_after_ms + backoff_random(&watch->backoff, retry_after_ms / 4 + 1);
}

/* What was under way is over. */
static void fail(struct kube_watch *watch, const struct error *err, int64_t retry_after_ms)
{
    int64_t now = monotonic_ms();
    int64_t pause;

    drop_call(watch);
    watch->state.failures++;
    watch->state.connected = false;
    if (watch->state.disconnected_ms == 0)
        watch->state.disconnected_ms = now;
    if (watch->begun_ms > 0 && now - watch->begun_ms >= STEADY_MS)
        backoff_reset(&watch->backoff);
    watch->begun_ms = 0;
    if (watch->distrust >= DISTRUST_MAX)
        watch->version_len = 0;
    pause = pause_for(watch, retry_after_ms);
    set_timer(watch, begin, pause);
    if (watch->follower.on_disconnected)
        watch->follower.on_disconnected(watch->ctx, err, pause);
}

static int keep_version(struct kube_watch *watch, struct str version, struct error *err)
{
    if (version.len == 0 || version.len > VERSION_MAX)
        return error_set(err, ERROR_INVALID, "an object without a usable resourceVersion");
    memcpy(watch->version, version.ptr, version.len);
    watch->version_len = version.len;
    return 0;
}

/* A new list is due, at once unless the last one has just been made. */
static void expire(struct kube_watch *watch)
{
    watch->state.expired++;
    watch->version_len = 0;
    if (monotonic_ms() - watch->listed_ms >= STEADY_MS)
        backoff_reset(&watch->backoff);
}

/* The answer made sense, and the watch got on. */
static void trust(struct kube_watch *watch)
{
    watch->distrust = 0;
    backoff_reset(&watch->backoff);
}

static int take_change(struct kube_watch *watch, struct arena *arena, const struct watch_event *event,
                       struct error *err)
{
    static const enum kube_change changes[] = {
        [WATCH_ADDED] = KUBE_ADDED, [WATCH_MODIFIED] = KUBE_MODIFIED, [WATCH_DELETED] = KUBE_DELETED};
    struct kube_object object;

    if (kube_object_read(arena, event->object, &object, err) < 0 ||
        keep_version(watch, object.resource_version, err) < 0)
        return -1;
    trust(watch);
    if (event->type == WATCH_BOOKMARK)
        return 0;
    watch->state.changes++;
    watch->follower.on_object(watch->ctx, changes[event->type], &object);
    return 0;
}

/* An ERROR event; never 0. */
static int take_error(struct kube_watch *watch, struct arena *arena, struct str json, int64_t *ret_retry_ms,
                      struct error *err)
{
    struct kube_status status;

    kube_status_read(arena, json, &status);
    *ret_retry_ms = status.retry_after_seconds * 1000;
    if (status.code == 410)
        expire(watch);
    else
        watch->distrust++;
    return kube_status_error(status.code, &status, STR("follow"), err);
}

static int take_line(struct kube_watch *watch, struct str line, int64_t *ret_retry_ms, struct error *err)
{
    struct watch_event event;
    struct arena arena;
    char buffer[4096];
    int failed;

    arena_init_buffer(&arena, buffer, sizeof(buffer));
    failed = watch_event_read(&arena, line, &event, err);
    if (failed == 0 && event.type == WATCH_ERROR)
        failed = take_error(watch, &arena, event.object, ret_retry_ms, err);
    else if (failed == 0)
        failed = take_change(watch, &arena, &event, err);
    if (failed < 0 && err->code == ERROR_INVALID)
        watch->distrust++;
    arena_release(&arena);
    return failed;
}

static int take_part(struct kube_watch *watch, struct str part, int64_t *ret_retry_ms, struct error *err)
{
    struct str line;
    int got;

    watch_framing_add(&watch->framing, part);
    while ((got = watch_framing_next(&watch->framing, &line, err)) == 1) {
        if (take_line(watch, line, ret_retry_ms, err) < 0)
            return -1;
    }
    if (got < 0)
        watch->version_len = 0; /* it would come again: a list leaves it out */
    return got;
}

static void on_idle(struct timer *timer)
{
    struct kube_watch *watch = (struct kube_watch *)timer;
    struct error err;

    (void)!error_set(&err, ERROR_TIMEOUT, "nothing was heard of the watch of " STR_FMT,
                     STR_ARG(watch->options.selection.resource->plural));
    fail(watch, &err, 0);
}

static void on_part(void *ctx, struct str part)
{
    struct kube_watch *watch = ctx;
    int64_t retry_ms = 0;
    struct error err;

    watch->state.heard_ms = monotonic_ms();
    set_timer(watch, on_idle, watch->options.idle_ms);
    if (part.len == 0) {
        watch->state.connected = true;
        watch->state.disconnected_ms = 0;
        if (watch->follower.on_connected)
            watch->follower.on_connected(watch->ctx);
        return;
    }
    if (take_part(watch, part, &retry_ms, &err) < 0) {
        (void)!error_prefix(&err, "the watch of " STR_FMT,
                            STR_ARG(watch->options.selection.resource->plural));
        fail(watch, &err, retry_ms);
    }
}

/*
 * The server ended it, as it was asked to. One that ends at once, over and over,
 * must not be asked as often.
 */
static void end_watch(struct kube_watch *watch)
{
    int64_t lasted = monotonic_ms() - watch->begun_ms;
    struct error err;

    if (lasted >= 1000) {
        set_timer(watch, begin, 0);
        return;
    }
    (void)!error_set(&err, ERROR_UNAVAILABLE, "the watch of " STR_FMT " ended at once",
                     STR_ARG(watch->options.selection.resource->plural));
    fail(watch, &err, 0);
}

static void count_refusal(struct kube_watch *watch, int status)
{
    if (status == 410) {
        expire(watch);
    } else if (status >= 400 && status != 401 && status != 403 && status != 429 && status != 503) {
        watch->distrust++;
    }
}

static void on_watch_answer(void *ctx, const struct kube_answer *answer)
{
    struct kube_watch *watch = ctx;

    watch->call = NULL;
    if (!answer->err) {
        end_watch(watch);
        return;
    }
    count_refusal(watch, answer->status);
    fail(watch, answer->err, answer->retry_after_ms);
}

static void make_query(struct kube_watch *watch, struct arena *arena, struct text *query)
{
    int64_t third = watch->options.watch_ms / 3;
    int64_t ms = watch->options.watch_ms - third + backoff_random(&watch->backoff, 2 * third + 1);
    struct text seconds;

    text_init(&seconds, arena, 32);
    text_add_int(&seconds, ms < 1000 ? 1 : ms / 1000);
    text_init(query, arena, QUERY_MAX);
    kube_resource_query(query, "watch", STR("true"));
    kube_resource_query(query, "allowWatchBookmarks", STR("true"));
    kube_resource_query(query, "resourceVersion", (struct str){watch->version, watch->version_len});
    kube_resource_query(query, "timeoutSeconds", text_str(&seconds));
    kube_selection_query(query, &watch->options.selection);
}

static void begin_watch(struct kube_watch *watch)
{
    const struct kube_selection *selection = &watch->options.selection;
    struct kube_request request = {
        .place = {.resource = selection->resource, .namespace = selection->namespace},
        .accept = kube_selection_accept(selection, false),
        .timeout_ms = -1,
        .on_part = on_part,
    };
    int64_t wait = watch->options.idle_ms < HEADERS_MS ? watch->options.idle_ms : HEADERS_MS;
    struct arena arena;
    struct text query;

    arena_init(&arena);
    make_query(watch, &arena, &query);
    request.query = text_str(&query);
    watch_framing_reset(&watch->framing);
    watch->state.watches++;
    watch->begun_ms = monotonic_ms();
    watch->call = kube_client_call(watch->client, &request, on_watch_answer, watch);
    set_timer(watch, on_idle, wait + KUBE_CONNECT_TIMEOUT_MS);
    arena_release(&arena);
}

static void on_item(void *ctx, const struct kube_object *object)
{
    struct kube_watch *watch = ctx;

    watch->state.heard_ms = monotonic_ms();
    watch->follower.on_object(watch->ctx, KUBE_LISTED, object);
}

static void tell_left_out(struct kube_watch *watch, size_t count)
{
    struct error err;

    (void)!error_set(&err, ERROR_TOO_LARGE, "%zu of the " STR_FMT " left out: larger than %d bytes", count,
                     STR_ARG(watch->options.selection.resource->plural), KUBE_OBJECT_MAX);
    if (watch->follower.on_left_out)
        watch->follower.on_left_out(watch->ctx, &err);
}

/* A page that does not come in time is asked for in smaller ones. */
static void shrink_pages(struct kube_watch *watch)
{
    watch->options.page_size /= 2;
    if (watch->options.page_size < PAGE_MIN)
        watch->options.page_size = PAGE_MIN;
}

static void on_list_end(void *ctx, const struct kube_list_result *result)
{
    struct kube_watch *watch = ctx;
    struct error err;

    watch->list = NULL;
    if (result->err) {
        if (result->err->code == ERROR_TIMEOUT)
            shrink_pages(watch);
        fail(watch, result->err, result->retry_after_ms);
        return;
    }
    if (keep_version(watch, result->resource_version, &err) < 0) {
        fail(watch, &err, 0);
        return;
    }
    watch->distrust = 0;
    watch->state.heard_ms = monotonic_ms();
    watch->state.synced = true;
    watch->state.lists++;
    watch->listed_ms = watch->state.heard_ms;
    if (result->left_out > 0)
        tell_left_out(watch, result->left_out);
    watch->follower.on_synced(watch->ctx);
    begin_watch(watch);
}

static void begin(struct timer *timer)
{
    struct kube_watch *watch = (struct kube_watch *)timer;
    const struct kube_list_options options = {
        .selection = watch->options.selection,
        .page_size = watch->options.page_size,
        .page_timeout_ms = watch->options.page_timeout_ms,
    };

    if (watch->version_len > 0) {
        begin_watch(watch);
        return;
    }
    watch->follower.on_list_begin(watch->ctx);
    watch->list = kube_list_start(watch->client, &options, on_item, on_list_end, watch);
}

static void fill_defaults(struct kube_watch_options *options)
{
    options->page_size = options->page_size > 0 ? options->page_size : KUBE_PAGE_SIZE;
    options->idle_ms = options->idle_ms > 0 ? options->idle_ms : IDLE_MS;
    options->watch_ms = options->watch_ms > 0 ? options->watch_ms : WATCH_MS;
    options->pause_ms = options->pause_ms > 0 ? options->pause_ms : PAUSE_MS;
    options->pause_max_ms = options->pause_max_ms > 0 ? options->pause_max_ms : PAUSE_MAX_MS;
}

struct kube_watch *kube_watch_start(struct kube_client *client, const struct kube_watch_options *options,
                                    const struct kube_follower *follower, void *ctx)
{
    struct kube_watch *watch = memory_zeroed(1, sizeof(*watch));

    arena_init(&watch->arena);
    watch->client = client;
    watch->timers = outbound_timers(kube_client_outbound(client));
    watch->options = *options;
    watch->options.selection = kube_selection_copy(&watch->arena, &options->selection);
    fill_defaults(&watch->options);
    watch->follower = *follower;
    watch->ctx = ctx;
    backoff_init(&watch->backoff, watch->options.pause_ms, watch->options.pause_max_ms, options->seed);
    watch_framing_init(&watch->framing, KUBE_OBJECT_MAX + EVENT_OVERHEAD);
    set_timer(watch, begin, 0);
    return watch;
}

void kube_watch_stop(struct kube_watch *watch)
{
    if (!watch)
        return;
    timer_queue_clear(watch->timers, &watch->timer);
    drop_call(watch);
    if (watch->list)
        kube_list_cancel(watch->list);
    watch_framing_release(&watch->framing);
    arena_release(&watch->arena);
    free(watch);
}

struct kube_watch_state kube_watch_state(const struct kube_watch *watch)
{
    struct kube_watch_state ret = watch->state;

    ret.resource_version = (struct str){watch->version, watch->version_len};
    return ret;
}
