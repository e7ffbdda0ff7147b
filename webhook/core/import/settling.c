/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/settling.h"

#include "core/import/plan.h"

#define NOTHING ((struct str){NULL, 0})

static struct stream_time known_time(int64_t at)
{
    return (struct stream_time){at, true};
}

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

static struct str cut_message(struct str message)
{
    return str_slice(message, 0, FAILURE_MESSAGE_MAX);
}

bool settling_fail(struct settling *settling, struct recorded_tag *tag, const struct import_failure *failure)
{
    int64_t generation = import_plan_generation(settling->view, tag->details.tag);
    struct str reason = registry_failure_reason(failure->kind);
    struct str message = cut_message(failure->message);
    bool same =
        tag->failed && str_equal(tag->failure.reason, reason) && str_equal(tag->failure.message, message);

    if (same) {
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
                                                             : known_time(settling->view->now),
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

bool settling_event(struct settling *settling, struct recorded_tag *tag, struct tag_event event,
                    enum import_move_kind kind)
{
    const struct tag_event *newest = tag->count > 0 ? &tag->events[0] : NULL;

    event.generation = import_plan_generation(settling->view, tag->details.tag);
    if (newest && str_equal(newest->image, event.image) && str_equal(newest->reference, event.reference)) {
        renew_generation(settling, tag, event.generation);
        return false;
    }
    if (!event.created_known)
        event.created = settling->view->now;
    event.created_known = true;
    if (newest && newest->created_known && event.created < newest->created)
        event.created = newest->created;
    settling_move(settling, &(struct import_move){.kind = kind,
                                                  .tag = tag->details.tag,
                                                  .from = newest ? event_name(newest) : NOTHING,
                                                  .to = event_name(&event)});
    import_status_prepend(settling->arena, tag, &event);
    settling->change->status.has_summary = true;
    settling->change->status.summary.updated = known_time(event.created);
    settling->change->status.summary.image = event_name(&event);
    return true;
}
