/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/event_recorder.h"

#include "base/json/write.h"
#include "base/linked_list.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "edge/system/random.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    QUIET_SLOTS = 4096,
    CALL_MS = 10000,
    EVENT_JSON_MAX = 16 << 10,
    LOG_AGAIN_MS = 60000,
};

static const struct kube_resource events = {
    .version = STR_INIT("v1"), .plural = STR_INIT("events"), .namespaced = true};

struct waiting_event {
    struct linked_list link;
    struct event_recorder *recorder;
    struct kube_call *call; /* NULL: waits */
    struct arena arena;
    struct str namespace;
    struct str body;
};

struct quiet_slot {
    uint64_t hash;
    int64_t until_ms;
};

struct event_recorder {
    struct kube_client *client;
    struct str instance;
    struct log *log;
    uint64_t seed;
    uint64_t number; /* of the next one's name */
    struct linked_list waiting;
    struct linked_list running;
    size_t waiting_count;
    size_t running_count;
    int64_t logged_ms;
    atomic_uint_fast64_t written;
    atomic_uint_fast64_t dropped;
    struct quiet_slot quiet[QUIET_SLOTS];
};

struct event_recorder *event_recorder_new(struct kube_client *client, struct str instance, struct log *log)
{
    struct event_recorder *recorder = memory_zeroed(1, sizeof(*recorder));

    recorder->client = client;
    recorder->instance = instance;
    recorder->log = log;
    recorder->seed = random_number();
    recorder->number = random_number();
    recorder->logged_ms = -LOG_AGAIN_MS;
    linked_list_init(&recorder->waiting);
    linked_list_init(&recorder->running);
    return recorder;
}

static void free_event(struct waiting_event *event)
{
    linked_list_remove(&event->link);
    if (event->call)
        kube_client_cancel(event->call);
    arena_release(&event->arena);
    free(event);
}

void event_recorder_free(struct event_recorder *recorder)
{
    struct linked_list *link;

    if (!recorder)
        return;
    while ((link = linked_list_first(&recorder->running)))
        free_event(CONTAINER_OF(struct waiting_event, link, link));
    while ((link = linked_list_first(&recorder->waiting)))
        free_event(CONTAINER_OF(struct waiting_event, link, link));
    free(recorder);
}

/* The object */

static void write_subject(struct json_writer *w, const struct event_subject *subject)
{
    json_write_key(w, STR("involvedObject"));
    json_write_map_open(w);
    json_write_member_str(w, STR("apiVersion"), subject->api_version);
    json_write_member_str(w, STR("kind"), subject->kind);
    json_write_member_str(w, STR("namespace"), subject->namespace);
    json_write_member_str(w, STR("name"), subject->name);
    json_write_member_str(w, STR("uid"), subject->uid);
    json_write_member_str(w, STR("resourceVersion"), subject->resource_version);
    json_write_map_close(w);
}

/* As client-go names them: the subject's name, and a number that no other has. */
static void write_metadata(struct json_writer *w, struct event_recorder *recorder,
                           const struct event_subject *subject)
{
    struct text name;

    text_init(&name, w->out->arena, KUBE_NAME_MAX + 32);
    text_add(&name, str_slice(subject->name, 0, KUBE_NAME_MAX - 17));
    text_addf(&name, ".%016llx", (unsigned long long)recorder->number++);
    json_write_key(w, STR("metadata"));
    json_write_map_open(w);
    json_write_member_str(w, STR("name"), text_str(&name));
    json_write_member_str(w, STR("namespace"), subject->namespace);
    json_write_map_close(w);
}

static int encode(struct event_recorder *recorder, const struct event_subject *subject,
                  const struct recorded_event *event, struct text *out)
{
    struct json_writer w;
    struct error err;
    struct text now;

    text_init(&now, out->arena, 64);
    timestamp_format(&now, kube_client_now(recorder->client));
    json_write_init(&w, out);
    json_write_map_open(&w);
    json_write_member_str(&w, STR("apiVersion"), STR("v1"));
    json_write_member_str(&w, STR("kind"), STR("Event"));
    write_metadata(&w, recorder, subject);
    write_subject(&w, subject);
    json_write_member_str(&w, STR("type"), event->warning ? STR("Warning") : STR("Normal"));
    json_write_member_str(&w, STR("reason"), event->reason);
    json_write_member_str(&w, STR("message"), str_slice(event->message, 0, EVENT_MESSAGE_MAX));
    json_write_member_str(&w, STR("firstTimestamp"), text_str(&now));
    json_write_member_str(&w, STR("lastTimestamp"), text_str(&now));
    json_write_member_int(&w, STR("count"), 1);
    json_write_key(&w, STR("source"));
    json_write_map_open(&w);
    json_write_member_str(&w, STR("component"), STR("weir-controller"));
    json_write_map_close(&w);
    json_write_member_str(&w, STR("reportingComponent"), STR("weir-controller"));
    json_write_member_str(&w, STR("reportingInstance"), recorder->instance);
    json_write_map_close(&w);
    return json_write_finish(&w, &err);
}

/* Sending */

static void send_next(struct event_recorder *recorder);

static void note_failure(struct event_recorder *recorder, const struct error *err)
{
    int64_t now = monotonic_ms();

    atomic_fetch_add(&recorder->dropped, 1);
    if (now - recorder->logged_ms < LOG_AGAIN_MS)
        return;
    recorder->logged_ms = now;
    log_warning(recorder->log, "event not written", LOG_STR("message", error_text(err)));
}

static void on_written(void *ctx, const struct kube_answer *answer)
{
    struct waiting_event *event = ctx;
    struct event_recorder *recorder = event->recorder;

    event->call = NULL;
    if (answer->err)
        note_failure(recorder, answer->err);
    else
        atomic_fetch_add(&recorder->written, 1);
    recorder->running_count--;
    free_event(event);
    send_next(recorder);
}

static void send_next(struct event_recorder *recorder)
{
    while (recorder->running_count < EVENT_RUNNING_MAX) {
        struct linked_list *link = linked_list_take(&recorder->waiting);
        struct waiting_event *event;
        struct kube_request request = {.verb = KUBE_POST, .timeout_ms = CALL_MS};

        if (!link)
            return;
        event = CONTAINER_OF(struct waiting_event, link, link);
        recorder->waiting_count--;
        recorder->running_count++;
        linked_list_add(&recorder->running, &event->link);
        request.place = (struct kube_place){.resource = &events, .namespace = event->namespace};
        request.body = event->body;
        event->call = kube_client_call(recorder->client, &request, on_written, event);
    }
}

/* A warning that was told a moment ago is not told again. */
static bool is_quiet(struct event_recorder *recorder, const struct event_subject *subject,
                     const struct recorded_event *event)
{
    uint64_t hash = str_hash(event->about, str_hash(event->reason, str_hash(subject->uid, recorder->seed)));
    struct quiet_slot *slot = &recorder->quiet[hash % QUIET_SLOTS];
    int64_t now = monotonic_ms();

    if (!event->warning)
        return false;
    if (slot->hash == hash && slot->until_ms > now)
        return true;
    *slot = (struct quiet_slot){hash, now + EVENT_QUIET_MS};
    return false;
}

void event_recorder_tell(struct event_recorder *recorder, const struct event_subject *subject,
                         const struct recorded_event *event)
{
    struct waiting_event *waiting;
    struct text body;

    if (is_quiet(recorder, subject, event))
        return;
    if (recorder->waiting_count >= EVENT_WAITING_MAX) {
        atomic_fetch_add(&recorder->dropped, 1);
        return;
    }
    waiting = memory_zeroed(1, sizeof(*waiting));
    waiting->recorder = recorder;
    arena_init(&waiting->arena);
    text_init(&body, &waiting->arena, EVENT_JSON_MAX);
    if (encode(recorder, subject, event, &body) < 0) {
        atomic_fetch_add(&recorder->dropped, 1);
        free_event(waiting);
        return;
    }
    waiting->namespace = arena_str(&waiting->arena, subject->namespace);
    waiting->body = text_str(&body);
    linked_list_add(&recorder->waiting, &waiting->link);
    recorder->waiting_count++;
    send_next(recorder);
}

struct event_recorder_stats event_recorder_stats(const struct event_recorder *recorder)
{
    return (struct event_recorder_stats){atomic_load(&recorder->written), atomic_load(&recorder->dropped)};
}
