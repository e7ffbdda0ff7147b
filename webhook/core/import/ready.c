/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/ready.h"

#include "core/import/history.h"
#include "core/import/schedule.h"
#include "core/import/source.h"

#include "base/duration.h"
#include "base/text.h"

enum {
    COLUMN_TAGS = 2,
    COLUMN_MAX_LEN = 512,
};

/* How one tag of the spec stands. */
enum standing { STANDS, IMPORTING, FAILS };

/* What is told of the tags. */
struct verdict {
    struct settling_tally open;  /* those without a record of their present source */
    struct settling_tally later; /* what is wrong with the others */
    bool importing;
    struct str reason; /* of the first that fails */
};

static enum standing standing_of(const struct settling *settling, const struct stream_tag *tag,
                                 const struct recorded_tag *recorded)
{
    struct str line = import_source_line(settling->arena, settling->view, tag);
    bool follows = tag->source == TAG_SOURCE_STREAM_TAG || tag->source == TAG_SOURCE_STREAM_IMAGE;
    bool checked;

    if (!recorded || !import_source_is_of(line, recorded->details.source, recorded->failed))
        return IMPORTING;
    checked = follows ? !recorded->failed : tag->reference || recorded->details.last_checked.known;
    if (recorded->count > 0 && checked)
        return STANDS;
    return recorded->failed ? FAILS : IMPORTING;
}

static void set_ready(struct settling *settling, bool ready, struct str reason, struct str message)
{
    settling_condition(settling, &(struct tag_condition){.type = STR("Ready"),
                                                         .status = ready ? STR("True") : STR("False"),
                                                         .reason = reason,
                                                         .message = message});
}

static void judge_tag(struct settling *settling, const struct stream_tag *tag, struct verdict *verdict)
{
    const struct recorded_tag *recorded = import_status_tag(&settling->change->status, tag->name);
    enum standing standing = tag->has_from ? standing_of(settling, tag, recorded) : STANDS;

    if (standing == IMPORTING) {
        verdict->importing = true;
        settling_tally_add(&verdict->open, tag->name, STR("is being imported"));
    } else if (standing == FAILS) {
        if (verdict->reason.len == 0)
            verdict->reason = recorded->failure.reason;
        settling_tally_add(&verdict->open, tag->name, recorded->failure.message);
    } else if (recorded && recorded->failed) {
        settling_tally_add(&verdict->later, tag->name, recorded->failure.message);
    }
}

static struct str refused_interval(const struct settling *settling, const struct stream_tag *tag)
{
    const struct import_view *view = settling->view;
    bool readable = import_view_seconds(view, tag->name, STR("weir.dev/interval")) > 0;
    struct text text;

    text_init(&text, settling->arena, FAILURE_MESSAGE_MAX);
    text_add(&text, readable ? STR("weir.dev/interval is below the minimum: ")
                             : STR("weir.dev/interval is no duration such as \"5m\": "));
    duration_format(&text, import_schedule_interval(view, tag));
    text_add(&text, STR(" holds"));
    return text_str(&text);
}

/* Annotations that do not hold as they are written. */
static void judge_annotations(const struct settling *settling, const struct stream_tag *tag,
                              struct verdict *verdict)
{
    const struct import_view *view = settling->view;

    if (import_schedule_interval(view, tag) > 0 && import_schedule_is_refused(view, tag->name))
        settling_tally_add(&verdict->later, tag->name, refused_interval(settling, tag));
    if (import_view_is_importable(tag) &&
        import_view_seconds(view, tag->name, STR("weir.dev/soak")) == IMPORT_VIEW_UNREADABLE)
        settling_tally_add(&verdict->later, tag->name,
                           STR("weir.dev/soak is no duration such as \"30m\": a new digest waits for a day"));
    if (history_limit_is_refused(view, tag->name))
        settling_tally_add(&verdict->later, tag->name,
                           STR("weir.dev/history-limit is no number of events from 1 on"));
}

static struct str with_note(struct settling *settling, struct str message)
{
    struct str note = STR("the object is as large as it may be: the oldest of the longest histories go");

    if (!history_is_full(settling))
        return message;
    return arena_join(settling->arena, message, message.len > 0 ? STR("; ") : STR(""), note);
}

/* What is wrong with tags that stand is told as well: an outage is no reason to be less than ready. */
static void judge(struct settling *settling)
{
    const struct image_stream *stream = settling->view->self.stream;
    struct verdict verdict = {.importing = false};
    bool ready;

    settling_tally_init(&verdict.open, settling->arena);
    settling_tally_init(&verdict.later, settling->arena);
    for (size_t i = 0; i < stream->tag_count; i++)
        judge_tag(settling, &stream->tags[i], &verdict);
    for (size_t i = 0; i < stream->tag_count; i++)
        judge_annotations(settling, &stream->tags[i], &verdict);
    ready = verdict.open.count == 0;
    if (!ready)
        set_ready(settling, false, verdict.importing ? STR("Importing") : verdict.reason,
                  with_note(settling, settling_tally_text(&verdict.open)));
    else
        set_ready(settling, true, stream->tag_count > 0 ? STR("Imported") : STR("NoTags"),
                  with_note(settling, settling_tally_text(&verdict.later)));
}

/* A tag that admissions know. */
static bool is_live(const struct settling *settling, const struct recorded_tag *tag)
{
    return image_stream_tag(settling->view->self.stream, tag->details.tag) ||
           (!tag->details.removed_since.known && tag->count > 0);
}

static void name_tag(struct text *names, size_t *count, struct str tag)
{
    if ((*count)++ >= COLUMN_TAGS)
        return;
    text_add_c(names, *count > 1 ? ", " : "");
    text_add(names, tag);
}

/* Those of the spec, then those that only the status has. */
static struct str name_tags(struct settling *settling)
{
    const struct image_stream *stream = settling->view->self.stream;
    const struct import_status *status = &settling->change->status;
    struct text names;
    size_t count = 0;

    text_init(&names, settling->arena, COLUMN_MAX_LEN);
    for (size_t i = 0; i < stream->tag_count; i++)
        name_tag(&names, &count, stream->tags[i].name);
    for (size_t i = 0; i < status->count; i++) {
        if (!image_stream_tag(stream, status->tags[i].details.tag) && is_live(settling, &status->tags[i]))
            name_tag(&names, &count, status->tags[i].details.tag);
    }
    if (count > COLUMN_TAGS) {
        text_add(&names, STR(" + "));
        text_add_uint(&names, count - COLUMN_TAGS);
        text_add(&names, STR(" more"));
    }
    return text_str(&names);
}

/* The newest event of the tag that moved last; NULL where none has any. */
static const struct tag_event *last_move(const struct settling *settling)
{
    const struct import_status *status = &settling->change->status;
    const struct tag_event *last = NULL;

    for (size_t i = 0; i < status->count; i++) {
        const struct recorded_tag *tag = &status->tags[i];

        if (tag->count > 0 && is_live(settling, tag) && (!last || tag->events[0].created > last->created))
            last = &tag->events[0];
    }
    return last;
}

static void summarize(struct settling *settling)
{
    struct import_status *status = &settling->change->status;
    const struct tag_event *last = last_move(settling);

    status->has_summary = true;
    status->summary = (struct stream_summary){.tags = name_tags(settling)};
    if (!last)
        return;
    status->summary.updated = (struct stream_time){last->created, last->created_known};
    status->summary.image = last->image.len > 0 ? last->image : last->reference;
}

/* Told once a digest that is current was gone upstream; from then on also where all are back. */
static void judge_missing(struct settling *settling)
{
    struct import_status *status = &settling->change->status;
    struct settling_tally missing;

    settling_tally_init(&missing, settling->arena);
    for (size_t i = 0; i < status->count; i++) {
        if (status->tags[i].details.missing_since.known && is_live(settling, &status->tags[i]))
            settling_tally_add(&missing, status->tags[i].details.tag,
                               STR("its registry does not have the newest digest any more"));
    }
    if (missing.count == 0 && !import_status_condition(status, STR("ImagesAvailable")))
        return;
    settling_condition(
        settling, &(struct tag_condition){.type = STR("ImagesAvailable"),
                                          .status = missing.count > 0 ? STR("False") : STR("True"),
                                          .reason = missing.count > 0 ? STR("Missing") : STR("Available"),
                                          .message = settling_tally_text(&missing)});
}

void ready_settle(struct settling *settling)
{
    settling->change->status.observed_generation = settling->view->self.details->generation;
    summarize(settling);
    judge_missing(settling);
    if (import_view_is_suspended(settling->view))
        set_ready(settling, false, STR("Suspended"), STR("annotation weir.dev/suspend is \"true\""));
    else
        judge(settling);
}
