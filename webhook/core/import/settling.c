/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/settling.h"

#include "base/text.h"
#include "base/utf8.h"
#include "core/import/plan.h"

enum {
    TALLY_NAMED_MAX = 5, /* tags that a message names */
    TALLY_MESSAGE_MAX = 4096,
};

#define NOTHING ((struct str){NULL, 0})

void settling_move(struct settling *settling, const struct import_move *move)
{
    struct import_change *change = settling->change;

    if (change->move_count == settling->move_size) {
        size_t size = settling->move_size > 0 ? 2 * settling->move_size : 8;

        change->moves =
            arena_grow(settling->arena, change->moves, settling->move_size, size, sizeof(*change->moves));
        settling->move_size = size;
    }
    change->moves[change->move_count++] = *move;
}

struct str settling_message(struct arena *arena, struct str message)
{
    struct text clean;

    text_init(&clean, arena, FAILURE_MESSAGE_MAX);
    while (message.len > 0 && !clean.too_long) {
        size_t len = utf8_sequence(message);
        bool printable = len > 1 || (len == 1 && message.ptr[0] >= ' ' && message.ptr[0] != 0x7f);

        text_add(&clean, printable ? str_slice(message, 0, len) : STR("?"));
        message = str_from(message, len > 0 ? len : 1);
    }
    return text_str(&clean);
}

static int64_t generation_of(const struct settling *settling, struct str tag, int64_t known)
{
    return known > 0 ? known : import_plan_generation(settling->view, tag);
}

static bool is_condition(const struct tag_condition *condition, struct str reason, struct str message)
{
    return str_equal(condition->reason, reason) && str_equal(condition->message, message);
}

bool settling_fail(struct settling *settling, struct recorded_tag *tag, const struct import_failure *failure)
{
    int64_t generation = generation_of(settling, tag->details.tag, failure->generation);
    struct str reason = registry_failure_reason(failure->kind);
    struct str message = settling_message(settling->arena, failure->message);

    if (tag->failed && is_condition(&tag->failure, reason, message)) {
        tag->failure.generation = generation;
        return true;
    }
    tag->failure = (struct tag_condition){
        .type = STR("ImportSuccess"),
        .status = STR("False"),
        .reason = reason,
        .message = message,
        .generation = generation,
        .changed = tag->failed && tag->failure.changed.known ? tag->failure.changed
                                                             : settling_time(settling->view->now),
    };
    tag->failed = true;
    settling_move(settling,
                  &(struct import_move){
                      .kind = MOVE_FAILED, .tag = tag->details.tag, .reason = reason, .message = message});
    return false;
}

void settling_recover(struct settling *settling, struct recorded_tag *tag)
{
    tag->details.next_check = (struct stream_time){0, false};
    tag->details.attempts = 0;
    if (!tag->failed)
        return;
    tag->failed = false;
    settling_move(settling, &(struct import_move){.kind = MOVE_RECOVERED, .tag = tag->details.tag});
}

void settling_source(struct recorded_tag *tag, struct str source)
{
    if (!str_equal(tag->details.source, source))
        tag->details.last_checked = (struct stream_time){0, false};
    tag->details.source = source;
    tag->details.next_check = (struct stream_time){0, false};
    tag->details.attempts = 0;
    tag->details.has_pending = false;
}

void settling_forget(struct recorded_tag *tag)
{
    tag->failed = false;
    tag->details = (struct status_tag_details){.tag = tag->details.tag,
                                               .missing_since = tag->details.missing_since,
                                               .removed_since = tag->details.removed_since,
                                               .unused_since = tag->details.unused_since};
}

/* What an event is told by. */
static struct str event_name(const struct tag_event *event)
{
    return event->image.len > 0 ? event->image : event->reference;
}

/* The newest event is of this generation now. */
static void renew_generation(struct settling *settling, struct recorded_tag *tag, int64_t generation)
{
    struct tag_event *events;

    if (tag->events[0].generation == generation)
        return;
    events = ARENA_ARRAY(settling->arena, tag->count, struct tag_event);
    memcpy(events, tag->events, tag->count * sizeof(*events));
    events[0].generation = generation;
    tag->events = events;
}

/* Never before the event below it, so that the newest is the first whatever a clock did. */
static int64_t created_of(const struct settling *settling, const struct tag_event *event,
                          const struct tag_event *newest)
{
    int64_t created = event->created_known ? event->created : settling->view->now;

    return newest && newest->created_known && created < newest->created ? newest->created : created;
}

bool settling_event(struct settling *settling, struct recorded_tag *tag, struct tag_event event,
                    enum import_move_kind kind)
{
    const struct tag_event *newest = tag->count > 0 ? &tag->events[0] : NULL;

    event.generation = generation_of(settling, tag->details.tag, event.generation);
    if (newest && str_equal(newest->image, event.image) && str_equal(newest->reference, event.reference)) {
        renew_generation(settling, tag, event.generation);
        return false;
    }
    event.created = created_of(settling, &event, newest);
    event.created_known = true;
    settling_move(settling, &(struct import_move){.kind = kind,
                                                  .tag = tag->details.tag,
                                                  .from = newest ? event_name(newest) : NOTHING,
                                                  .to = event_name(&event)});
    import_status_prepend(settling->arena, tag, &event);
    tag->details.missing_since = (struct stream_time){0, false};
    return true;
}

void settling_condition(struct settling *settling, const struct tag_condition *wanted)
{
    struct import_status *status = &settling->change->status;
    struct tag_condition *condition = import_status_condition(status, wanted->type);
    struct tag_condition next = *wanted;

    next.generation = settling->view->self.details->generation;
    next.changed = condition && str_equal(condition->status, wanted->status) && condition->changed.known
                       ? condition->changed
                       : settling_time(settling->view->now);
    if (!condition && status->condition_count < STATUS_CONDITIONS_MAX)
        condition = &status->conditions[status->condition_count++];
    if (condition)
        *condition = next;
}

void settling_drop_condition(struct settling *settling, struct str type)
{
    struct import_status *status = &settling->change->status;
    struct tag_condition *condition = import_status_condition(status, type);

    if (condition)
        *condition = status->conditions[--status->condition_count];
}

void settling_tally_init(struct settling_tally *tally, struct arena *arena)
{
    tally->count = 0;
    text_init(&tally->message, arena, TALLY_MESSAGE_MAX);
}

void settling_tally_add(struct settling_tally *tally, struct str tag, struct str message)
{
    if (tally->count++ >= TALLY_NAMED_MAX)
        return;
    text_add(&tally->message, tally->count > 1 ? STR("; tag \"") : STR("tag \""));
    text_add(&tally->message, tag);
    text_add(&tally->message, STR("\": "));
    text_add(&tally->message, message);
}

struct str settling_tally_text(struct settling_tally *tally)
{
    if (tally->count > TALLY_NAMED_MAX) {
        text_add(&tally->message, STR("; and "));
        text_add_uint(&tally->message, tally->count - TALLY_NAMED_MAX);
        text_add(&tally->message, STR(" more"));
        tally->count = TALLY_NAMED_MAX; /* told */
    }
    return text_str(&tally->message);
}
