/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/move_teller.h"

enum { SHORT_DIGITS = 12, MESSAGE_MAX = EVENT_MESSAGE_MAX };

static const struct row {
    const char *event; /* of the log */
    struct str reason; /* of the Event */
    bool warning;
} rows[] = {
    [MOVE_IMPORTED] = {"tag imported", STR_INIT("Imported"), false},
    [MOVE_FOLLOWED] = {"tag followed", STR_INIT("TagFollowed"), false},
    [MOVE_FAILED] = {"tag not imported", STR_INIT("ImportFailed"), true},
    [MOVE_RECOVERED] = {"tag imported again", STR_INIT("ImportRecovered"), false},
};

/* "sha256:0123456789ab" of a digest; a name as it is. */
static struct str shorten(struct str text)
{
    size_t colon = str_find(text, ':');

    return str_starts(text, STR("sha256:")) ? str_slice(text, 0, colon + 1 + SHORT_DIGITS) : text;
}

static void add_message(struct text *out, const struct import_move *move)
{
    text_add_c(out, "tag \"");
    text_add(out, move->tag);
    text_add_c(out, "\": ");
    switch (move->kind) {
    case MOVE_IMPORTED:
    case MOVE_FOLLOWED:
        if (move->from.len > 0) {
            text_add(out, shorten(move->from));
            text_add_c(out, " -> ");
        }
        text_add(out, shorten(move->to));
        return;
    case MOVE_FAILED:
        text_add(out, move->reason);
        text_add_c(out, ": ");
        text_add(out, move->message);
        return;
    case MOVE_RECOVERED:
        text_add_c(out, "the last attempt went well");
        return;
    }
}

static void tell_log(struct log *log, const struct stream_entry *entry, const struct import_move *move)
{
    const struct log_field fields[] = {
        LOG_STR("namespace", entry->namespace),
        LOG_STR("stream", entry->name),
        LOG_STR("tag", move->tag),
        LOG_STR("from", move->from),
        LOG_STR("to", move->to),
        LOG_STR("reason", move->reason),
        LOG_STR("message", move->message),
    };

    log_write(log, rows[move->kind].warning ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, rows[move->kind].event,
              fields, ARRAY_LEN(fields));
}

void move_teller_tell(struct event_recorder *recorder, struct log *log, const struct stream_entry *entry,
                      const struct import_move *move)
{
    const struct event_subject subject = {
        STR("weir.dev/v1alpha1"), STR("ImageStream"), entry->namespace, entry->name, entry->uid,
        entry->resource_version};
    struct recorded_event event = {
        .warning = rows[move->kind].warning, .reason = rows[move->kind].reason, .about = move->tag};
    struct arena arena;
    struct text message;

    arena_init(&arena);
    text_init(&message, &arena, MESSAGE_MAX);
    add_message(&message, move);
    event.message = text_str(&message);
    tell_log(log, entry, move);
    event_recorder_tell(recorder, &subject, &event);
    arena_release(&arena);
}
