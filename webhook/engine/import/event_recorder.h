/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_EVENT_RECORDER_H
#define WEIR_ENGINE_IMPORT_EVENT_RECORDER_H

#include "edge/kube/client.h"
#include "edge/log/log.h"

/*
 * Tells people what happened to an object, by Events (core/v1). They are a
 * courtesy: what cannot be written, or is too much at once, is dropped and
 * counted. The outbound thread's alone, but for event_recorder_stats().
 */
enum {
    EVENT_WAITING_MAX = 512,
    EVENT_RUNNING_MAX = 4,
    EVENT_MESSAGE_MAX = 1024,        /* bytes, as the API server takes them */
    EVENT_QUIET_MS = 10 * 60 * 1000, /* the same warning about the same thing is told once in so long */
};

struct event_recorder;

/* Whom it is about; borrowed. */
struct event_subject {
    struct str api_version;
    struct str kind;
    struct str namespace;
    struct str name;
    struct str uid;
    struct str resource_version;
};

struct recorded_event {
    bool warning;
    struct str reason; /* "ImportFailed" */
    struct str message;
    struct str about; /* a part of the subject, a tag: warnings are limited for each; may be empty */
};

struct event_recorder_stats {
    uint64_t written;
    uint64_t dropped; /* too many, or not written */
};

/* `instance` is who tells; borrowed, as is `client`. `log` may be NULL. */
struct event_recorder *event_recorder_new(struct kube_client *client, struct str instance, struct log *log);
/* Before kube_client_free(); what waits is dropped. NULL is allowed. */
void event_recorder_free(struct event_recorder *recorder);
void event_recorder_tell(struct event_recorder *recorder, const struct event_subject *subject,
                         const struct recorded_event *event);
/* Any thread. */
struct event_recorder_stats event_recorder_stats(const struct event_recorder *recorder);

#endif
