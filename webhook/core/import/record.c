/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/record.h"

#include "core/import/alias.h"
#include "core/import/ready.h"
#include "core/import/schedule.h"
#include "core/import/settling.h"
#include "core/import/source.h"

static struct stream_time known_time(int64_t at)
{
    return (struct stream_time){at, true};
}

static bool is_for_source(struct settling *settling, const struct check_result *result)
{
    const struct stream_tag *tag = image_stream_tag(settling->view->self.stream, result->check.tag);

    return tag && import_view_is_importable(tag) &&
           str_equal(result->check.source, import_source_line(settling->arena, settling->view, tag));
}

static int64_t next_attempt(struct settling *settling, const struct check_result *result,
                            const struct import_failure *failure)
{
    const struct stream_tag *tag = image_stream_tag(settling->view->self.stream, result->check.tag);
    uint64_t seed =
        import_schedule_hash(settling->view, result->check.tag) + (uint64_t)failure->attempts * 7919;

    return result->at + import_failure_pause(settling->view->settings, failure,
                                             import_schedule_interval(settling->view, tag), seed);
}

/* A change of the source, or somebody who asks, begins to count anew. */
static bool starts_afresh(const struct check_result *result)
{
    return result->check.cause == CHECK_SOURCE || result->check.cause == CHECK_ASKED ||
           result->check.cause == CHECK_GENERATION;
}

/* The same failure, with no longer a pause, was written within the last hour: it need not be again. */
static bool is_written(const struct settling *settling, const struct recorded_tag *tag,
                       const struct check_result *result, const struct import_failure *failure)
{
    const struct stream_tag *spec = image_stream_tag(settling->view->self.stream, result->check.tag);
    int64_t interval = import_schedule_interval(settling->view, spec);

    return tag->details.next_check.known && str_equal(tag->details.source, result->check.source) &&
           !import_failure_pause_grows(settling->view->settings, failure, interval) &&
           result->at - tag->details.next_check.at < FAILURE_WRITTEN_EVERY - FAILURE_PAUSE_MAX;
}

static void take_failure(struct settling *settling, const struct check_result *result)
{
    struct recorded_tag *tag = import_status_add(&settling->change->status, result->check.tag);
    struct import_memory *memory = import_view_memory(settling->view, result->check.tag);
    bool other_source = !str_equal(tag->details.source, result->check.source);
    struct import_failure failure = {.kind = result->failure,
                                     .message = result->message,
                                     .retry_after = result->retry_after,
                                     .attempts = starts_afresh(result) ? 1 : tag->details.attempts + 1};
    int64_t retry = next_attempt(settling, result, &failure);

    if (memory)
        memory->retry = retry;
    if (settling_fail(settling, tag, &failure) && is_written(settling, tag, result, &failure))
        return;
    if (other_source)
        tag->details.last_checked = (struct stream_time){0, false};
    tag->details.source = result->check.source;
    tag->details.attempts = failure.attempts;
    tag->details.next_check = known_time(retry);
}

static void take_digest(struct settling *settling, const struct check_result *result)
{
    struct recorded_tag *tag = import_status_add(&settling->change->status, result->check.tag);
    struct tag_event event = {
        .image = result->digest,
        .reference = arena_join(settling->arena, result->check.repository, STR("@"), result->digest),
    };
    bool moved = settling_event(settling, tag, event, MOVE_IMPORTED);
    int64_t lag = result->at - tag->details.last_checked.at;

    settling_recover(settling, tag);
    if (moved || !tag->details.last_checked.known || lag >= settling->view->settings->record_checks ||
        !str_equal(tag->details.source, result->check.source))
        tag->details.last_checked = known_time(result->at);
    tag->details.source = result->check.source;
}

static void take_result(struct settling *settling, const struct check_result *result)
{
    struct import_memory *memory = import_view_memory(settling->view, result->check.tag);

    if (!is_for_source(settling, result))
        return;
    if (memory) {
        memory->checked = result->at;
        memory->answered = import_view_request(settling->view);
    }
    if (result->failure == REGISTRY_FAILURE_NONE)
        take_digest(settling, result);
    else
        take_failure(settling, result);
}

/* The request counts as answered when each tag that it is about has its answer. */
static void settle_request(struct settling *settling)
{
    const struct import_view *view = settling->view;
    uint64_t request = import_view_request(view);

    if (request == 0)
        return;
    for (size_t i = 0; i < view->self.stream->tag_count; i++) {
        const struct stream_tag *tag = &view->self.stream->tags[i];
        const struct import_memory *memory = import_view_memory(view, tag->name);

        if (import_view_is_importable(tag) && tag->source_askable && (!memory || memory->answered != request))
            return;
    }
    settling->change->status.import_requested = stream_details_annotation(
        view->self.details->annotations, view->self.details->annotation_count, STR("weir.dev/import"));
}

/* A tag that names a registry, and no registry is asked. */
static void settle_unasked(struct settling *settling)
{
    const struct image_stream *stream = settling->view->self.stream;

    for (size_t i = 0; i < stream->tag_count; i++) {
        const struct stream_tag *tag = &stream->tags[i];
        struct recorded_tag *recorded;

        if (tag->source != TAG_SOURCE_IMAGE || (tag->source_askable && !tag->reference))
            continue;
        recorded = import_status_add(&settling->change->status, tag->name);
        recorded->details.source = import_source_line(settling->arena, settling->view, tag);
        if (!tag->reference) {
            (void)settling_fail(
                settling, recorded,
                &(struct import_failure){.kind = REGISTRY_FAILURE_INVALID,
                                         .message = arena_join(settling->arena, STR("\""), tag->from_name,
                                                               STR("\" names no registry"))});
            continue;
        }
        settling_recover(settling, recorded);
        (void)settling_event(settling, recorded, (struct tag_event){.reference = tag->source_normalized},
                             MOVE_IMPORTED);
    }
}

/* A tag that the spec has no more keeps its events; admissions know no such tag. */
static void settle_removed(struct settling *settling)
{
    struct import_status *status = &settling->change->status;

    for (size_t i = 0; i < status->count; i++) {
        struct recorded_tag *tag = &status->tags[i];
        const struct stream_tag *spec = image_stream_tag(settling->view->self.stream, tag->details.tag);

        if (spec && spec->has_from) {
            tag->details.removed_since = (struct stream_time){0, false};
            continue;
        }
        if (spec || settling->view->self.details->spec_repository.len > 0 || tag->details.source.len == 0)
            continue; /* a tag without a source has what others record for it */
        tag->details = (struct status_tag_details){.tag = tag->details.tag,
                                                   .removed_since = known_time(settling->view->now)};
        tag->failed = false;
    }
}

/* Whether two statuses are written alike. */
static bool is_same(struct arena *arena, const struct import_status *a, const struct import_status *b)
{
    struct text left, right;
    struct error err;

    text_init(&left, arena, STATUS_JSON_MAX);
    text_init(&right, arena, STATUS_JSON_MAX);
    return import_status_write(a, &left, &err) == 0 && import_status_write(b, &right, &err) == 0 &&
           str_equal(text_str(&left), text_str(&right));
}

void import_record_make(struct arena *arena, struct import_view *view, const struct check_result *results,
                        size_t count, struct import_change *ret)
{
    struct settling settling = {.arena = arena, .view = view, .change = ret};
    struct import_status stored;

    *ret = (struct import_change){.changed = false};
    import_status_copy(arena, &view->self, &stored);
    import_status_copy(arena, &view->self, &ret->status);
    for (size_t i = 0; i < count; i++)
        take_result(&settling, &results[i]);
    if (!import_view_is_suspended(view)) {
        settle_request(&settling);
        settle_unasked(&settling);
        alias_settle(&settling);
        settle_removed(&settling);
    }
    ready_settle(&settling);
    ret->changed = !is_same(arena, &stored, &ret->status);
}
