/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/record.h"

#include "core/image/digest.h"
#include "core/import/alias.h"
#include "core/import/history.h"
#include "core/import/ready.h"
#include "core/import/removed.h"
#include "core/import/repository.h"
#include "core/import/schedule.h"
#include "core/import/settling.h"
#include "core/import/soak.h"
#include "core/import/source.h"

enum {
    CLOCK_SLACK = 60, /* seconds that a recorded moment may lie in the future */
    SEED_STEP = 7919, /* between the seeds of two attempts */
};

/* The tag that the result is of, where it still has the source that was asked for. */
static const struct stream_tag *tag_of(struct settling *settling, const struct check_result *result)
{
    const struct import_view *view = settling->view;
    const struct stream_tag *tag = import_source_tag(settling->arena, view, result->check.tag);

    if (!tag || !import_view_is_importable(tag) ||
        !str_equal(result->check.source, import_source_line(settling->arena, view, tag)))
        return NULL;
    return tag;
}

/* Of the repository only what its listing gave. */
static bool is_followed(struct settling *settling, const struct check_result *result)
{
    const struct recorded_tag *recorded = import_status_tag(&settling->change->status, result->check.tag);

    return !import_source_is_of_repository(settling->view, result->check.tag) ||
           (recorded && recorded->details.source.len > 0);
}

static bool was_asked_for(const struct check_result *result)
{
    return result->check.cause == CHECK_SOURCE || result->check.cause == CHECK_ASKED ||
           result->check.cause == CHECK_GENERATION;
}

/*
 * A status that could not be written is decided again with the same answers: an attempt counts once. The
 * status tells it by the pause that it has begun, the memory where that was not written.
 */
static bool is_counted(const struct recorded_tag *tag, const struct import_memory *memory,
                       const struct check_result *result)
{
    if (tag->failed && tag->details.next_check.known && result->at < tag->details.next_check.at)
        return true;
    return memory && memory->attempts > 0 && memory->begun == result->check.begun &&
           memory->checked == result->at;
}

static int64_t attempts_of(const struct recorded_tag *tag, const struct import_memory *memory,
                           const struct check_result *result)
{
    int64_t before =
        memory && memory->attempts > tag->details.attempts ? memory->attempts : tag->details.attempts;

    if (was_asked_for(result) || before < 1)
        return 1;
    return is_counted(tag, memory, result) ? before : before + 1;
}

/* What this process remembers of the answer, of whatever kind. */
static void remember(const struct import_view *view, const struct check_result *result)
{
    struct import_memory *memory = import_view_memory(view, result->check.tag);

    if (!memory)
        return;
    memory->begun = result->check.begun;
    memory->checked = result->at;
    if (memory->notified > view->now)
        memory->notified = 0; /* by a clock that was wrong: this check has answered it */
    if (result->check.request != 0)
        memory->answered = result->check.request;
}

static void take_failure(struct settling *settling, const struct stream_tag *spec,
                         const struct check_result *result)
{
    const struct import_view *view = settling->view;
    struct recorded_tag *tag = import_status_add(settling->arena, &settling->change->status, spec->name);
    struct import_memory *memory = import_view_memory(view, spec->name);
    int64_t interval = import_schedule_interval(view, spec);
    bool other_source = !import_source_is_of(result->check.source, tag->details.source, tag->failed);
    struct import_failure failure = {.kind = result->failure,
                                     .message = result->message,
                                     .retry_after = result->retry_after,
                                     .attempts = attempts_of(tag, memory, result),
                                     .generation = result->check.generation};
    uint64_t seed = import_schedule_hash(view, spec->name) + (uint64_t)failure.attempts * SEED_STEP;
    int64_t next = result->at + import_failure_pause(view->settings, &failure, interval, seed);

    if (memory) {
        memory->retry = next;
        memory->attempts = failure.attempts;
        memory->asked = !result->check.soaks;
    }
    if (settling_fail(settling, tag, &failure) && !other_source &&
        !import_failure_is_due(view->settings, &failure, interval, tag->details.next_check, next))
        return;
    if (other_source) {
        tag->details.last_checked = (struct stream_time){0, false};
        tag->details.has_pending = false;
    }
    tag->details.source = result->check.source;
    tag->details.attempts = failure.attempts;
    tag->details.next_check = settling_time(next);
}

/* What is recorded is near enough to the truth not to be written for its own sake. */
static bool is_near(const struct settling *settling, const struct recorded_tag *tag, int64_t at)
{
    int64_t lag = at - tag->details.last_checked.at;

    return tag->details.last_checked.known && lag >= -CLOCK_SLACK &&
           lag < settling->view->settings->record_checks;
}

static void take_digest(struct settling *settling, const struct stream_tag *spec,
                        const struct check_result *result)
{
    struct recorded_tag *tag = import_status_add(settling->arena, &settling->change->status, spec->name);
    struct import_memory *memory = import_view_memory(settling->view, spec->name);
    bool same_source = import_source_is_of(result->check.source, tag->details.source, tag->failed);
    struct tag_event event = {
        .image = result->digest,
        .reference = arena_join(settling->arena, result->check.repository, STR("@"), result->digest),
        .generation = result->check.generation,
    };
    bool moved;

    if (memory) {
        memory->retry = 0;
        memory->attempts = 0;
        memory->asked = false;
    }
    settling_recover(settling, tag);
    if (same_source && soak_holds(settling, tag, result, event.reference))
        return;
    tag->details.has_pending = false;
    moved = settling_event(settling, tag, event, MOVE_IMPORTED);
    if (moved || !same_source || !is_near(settling, tag, result->at))
        tag->details.last_checked = settling_time(result->at);
    tag->details.missing_since = (struct stream_time){0, false};
    tag->details.source = result->check.source;
}

/* What is recorded is a digest, and the one that was asked for where one was. */
static bool is_digest_of(const struct check_result *result, const struct stream_tag *tag)
{
    return digest_is_valid(result->digest) &&
           (tag->source_digest.len == 0 || str_equal(tag->source_digest, result->digest));
}

static void take_result(struct settling *settling, const struct check_result *result)
{
    const struct stream_tag *tag = tag_of(settling, result);
    struct check_result judged = *result;

    if (!tag || !is_followed(settling, result))
        return;
    if (judged.failure == REGISTRY_FAILURE_NONE && !is_digest_of(result, tag)) {
        judged.failure = REGISTRY_FAILURE_INVALID;
        judged.message = STR("the registry's answer has no digest, or another one than was asked for");
    }
    if (judged.failure == REGISTRY_FAILURE_NONE)
        take_digest(settling, tag, &judged);
    else
        take_failure(settling, tag, &judged);
    remember(settling->view, &judged);
}

/* Listings first: they say which tags of the repository are the stream's. */
static void take_results(struct settling *settling, const struct check_result *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (results[i].check.listing)
            repository_take(settling, &results[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (!results[i].check.listing)
            take_result(settling, &results[i]);
    }
}

static bool has_answered(const struct import_view *view, struct str tag, uint64_t request)
{
    const struct import_memory *memory = import_view_memory(view, tag);

    return memory && memory->answered == request;
}

/* Each tag that a request is about has its answer: those of the spec, and what the repository has. */
static bool is_answered(struct settling *settling, uint64_t request)
{
    const struct import_view *view = settling->view;
    const struct import_status *status = &settling->change->status;

    for (size_t i = 0; i < view->self.stream->tag_count; i++) {
        const struct stream_tag *tag = &view->self.stream->tags[i];

        if (import_view_is_importable(tag) && tag->source_askable && !has_answered(view, tag->name, request))
            return false;
    }
    if (!view->listing || import_source_repository(settling->arena, view).len == 0)
        return true;
    for (size_t i = 0; i < status->count; i++) {
        struct str tag = status->tags[i].details.tag;

        if (import_source_is_of_repository(view, tag) && status->tags[i].details.source.len > 0 &&
            !has_answered(view, tag, request))
            return false;
    }
    return view->listing->answered == request;
}

static void settle_request(struct settling *settling)
{
    uint64_t request = import_view_request(settling->view);

    if (request != 0 && is_answered(settling, request))
        settling->change->status.import_requested =
            import_view_stream_annotation(settling->view, STR("weir.dev/import"));
}

/* A mere name is its own record. */
static void settle_name(struct settling *settling, const struct stream_tag *tag,
                        struct recorded_tag *recorded)
{
    settling_recover(settling, recorded);
    (void)settling_event(settling, recorded, (struct tag_event){.reference = tag->source_normalized},
                         MOVE_IMPORTED);
}

static void settle_impossible(struct settling *settling, const struct stream_tag *tag,
                              struct recorded_tag *recorded)
{
    struct str problem = tag->source == TAG_SOURCE_IMAGE ? STR("\" names no registry")
                                                         : STR("\" is nothing that a tag can follow");
    struct import_failure failure = {
        .kind = REGISTRY_FAILURE_INVALID,
        .message = arena_join(settling->arena, tag->from_kind, STR(" \""), tag->from_name, problem),
    };

    (void)settling_fail(settling, recorded, &failure);
}

/* Tags that have a source, and no registry is asked. */
static void settle_unasked(struct settling *settling)
{
    const struct image_stream *stream = settling->view->self.stream;

    for (size_t i = 0; i < stream->tag_count; i++) {
        const struct stream_tag *tag = &stream->tags[i];
        bool named = tag->source == TAG_SOURCE_IMAGE && tag->reference;
        bool impossible = (tag->source == TAG_SOURCE_IMAGE && !tag->source_askable && !tag->reference) ||
                          (tag->source == TAG_SOURCE_NONE && tag->has_from);
        struct recorded_tag *recorded;

        if (!named && !impossible)
            continue;
        recorded = import_status_add(settling->arena, &settling->change->status, tag->name);
        settling_source(recorded, import_source_line(settling->arena, settling->view, tag));
        if (named)
            settle_name(settling, tag, recorded);
        else
            settle_impossible(settling, tag, recorded);
    }
}

static void settle(struct settling *settling)
{
    repository_settle(settling);
    settle_unasked(settling);
    removed_settle(settling); /* before what follows them: a tag that is gone is followed no more */
    alias_settle(settling);
    settle_request(settling);
    soak_settle(settling);
}

void import_record_make(struct arena *arena, struct import_view *view, const struct check_result *results,
                        size_t count, struct import_change *ret)
{
    struct settling settling = {.arena = arena, .view = view, .change = ret};
    bool suspended = import_view_is_suspended(view);
    struct import_status stored;

    import_view_index(arena, view);
    *ret = (struct import_change){.changed = false};
    import_status_copy(arena, &view->self, &stored);
    import_status_copy(arena, &view->self, &ret->status);
    if (!suspended) {
        take_results(&settling, results, count);
        settle(&settling);
    }
    ready_settle(&settling);
    ret->changed = !import_status_is_same(arena, &stored, &ret->status);
    if (ret->changed && !suspended) {
        history_trim(&settling);
        removed_settle(&settling); /* what went may have been all that is used of a tag */
        ready_settle(&settling);
    }
    view->memory_index = NULL; /* the arena's */
}
