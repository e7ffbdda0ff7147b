/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/history.h"

enum {
    HISTORY_LIMIT_MAX = 1000000,
    EVENT_BYTES = 80, /* at least what an event's JSON has beside its texts */
    /* At most what the JSON of each has beside its texts, where none needs escapes. */
    EVENT_BYTES_MAX = 128,
    TAG_BYTES_MAX = 400,
    PENDING_BYTES_MAX = 160,
    FAILURE_BYTES_MAX = 256,
    STATUS_BYTES_MAX = 32768, /* with the stream's conditions */
    ESCAPE_BYTES_MAX = 6,     /* of one byte of a message */
    FULL_PARTS = 8,           /* full: less than one of so many parts of the limit is free */
};

static bool limit_of(const struct import_view *view, struct str tag, size_t *ret)
{
    struct str text = import_view_annotation(view, tag, STR("weir.dev/history-limit"));
    int64_t limit;

    *ret = view->settings->history_limit;
    if (text.len == 0)
        return true;
    if (!str_to_int64(text, 1, HISTORY_LIMIT_MAX, &limit))
        return false;
    *ret = (size_t)limit;
    return true;
}

bool history_limit_is_refused(const struct import_view *view, struct str tag)
{
    size_t limit;

    return !limit_of(view, tag, &limit);
}

static void trim_tag(struct settling *settling, struct recorded_tag *tag)
{
    struct tag_event *kept;
    size_t count = 0;
    size_t limit;

    (void)limit_of(settling->view, tag->details.tag, &limit);
    if (limit == 0 || tag->count <= limit)
        return;
    kept = ARENA_ARRAY(settling->arena, tag->count, struct tag_event);
    for (size_t i = 0; i < tag->count; i++) {
        if (i < limit || import_view_is_used(settling->view, tag->events[i].image))
            kept[count++] = tag->events[i];
    }
    tag->events = kept;
    tag->count = count;
}

/* Bytes of the object as it would be sent; SIZE_MAX where it is too large even to be written. */
static size_t object_size(struct settling *settling)
{
    struct text json;
    struct error err;

    text_init(&json, settling->arena, STATUS_JSON_MAX);
    if (import_status_write(&settling->change->status, &json, &err) < 0)
        return SIZE_MAX;
    return json.len + settling->view->object_size;
}

static size_t tag_bytes(const struct recorded_tag *tag)
{
    const struct status_tag_details *details = &tag->details;
    size_t bytes = TAG_BYTES_MAX + details->tag.len + details->source.len;

    if (tag->failed)
        bytes += FAILURE_BYTES_MAX + ESCAPE_BYTES_MAX * tag->failure.message.len;
    if (details->has_pending)
        bytes += PENDING_BYTES_MAX + details->pending.digest.len + details->pending.reference.len;
    for (size_t i = 0; i < tag->count; i++)
        bytes += EVENT_BYTES_MAX + tag->events[i].reference.len + tag->events[i].image.len;
    return bytes;
}

/* Whether the object surely is smaller, without writing it. */
static bool is_surely_below(const struct settling *settling, size_t limit)
{
    const struct import_status *status = &settling->change->status;
    size_t bytes = STATUS_BYTES_MAX + settling->view->object_size;

    for (size_t i = 0; i < status->count; i++)
        bytes += tag_bytes(&status->tags[i]);
    return bytes <= limit;
}

static struct recorded_tag *longest(struct import_status *status)
{
    struct recorded_tag *found = NULL;

    for (size_t i = 0; i < status->count; i++) {
        if (status->tags[i].count > (found ? found->count : 1))
            found = &status->tags[i];
    }
    return found;
}

static size_t event_bytes(const struct tag_event *event)
{
    return EVENT_BYTES + event->reference.len + event->image.len;
}

/* Drops events of `excess` bytes; false where only the newest are left. */
static bool drop_oldest(struct import_status *status, size_t excess)
{
    for (size_t dropped = 0; dropped < excess;) {
        struct recorded_tag *tag = longest(status);

        if (!tag)
            return false;
        dropped += event_bytes(&tag->events[--tag->count]);
    }
    return true;
}

void history_trim(struct settling *settling)
{
    struct import_status *status = &settling->change->status;
    size_t limit = settling->view->settings->object_limit;
    size_t size;

    for (size_t i = 0; settling->view->usage && i < status->count; i++)
        trim_tag(settling, &status->tags[i]);
    if (limit == 0 || is_surely_below(settling, limit))
        return;
    for (size = object_size(settling); size > limit; size = object_size(settling)) {
        if (!drop_oldest(status, size == SIZE_MAX ? limit : size - limit))
            return;
    }
}

bool history_is_full(struct settling *settling)
{
    size_t limit = settling->view->settings->object_limit;

    if (limit == 0 || is_surely_below(settling, limit - limit / FULL_PARTS))
        return false;
    return object_size(settling) > limit - limit / FULL_PARTS;
}
