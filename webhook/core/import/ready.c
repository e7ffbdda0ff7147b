/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/ready.h"
#include "core/import/source.h"

#include "base/text.h"

enum {
    NAMED_MAX = 5, /* tags that a message names */
    COLUMN_TAGS = 2,
    MESSAGE_MAX_LEN = 4096,
};

/* How one tag of the spec stands. */
enum standing { STANDS, IMPORTING, FAILS };

/* What a message tells: the first few, and how many there are. */
struct tally {
    struct text message;
    size_t count;
    struct str reason; /* of the first */
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

static void tell(struct tally *tally, struct str tag, struct str reason, struct str message)
{
    if (tally->count == 0)
        tally->reason = reason;
    if (tally->count++ >= NAMED_MAX)
        return;
    text_add(&tally->message, tally->count > 1 ? STR("; tag \"") : STR("tag \""));
    text_add(&tally->message, tag);
    text_add(&tally->message, STR("\": "));
    text_add(&tally->message, message);
}

static struct str told(struct tally *tally)
{
    if (tally->count > NAMED_MAX) {
        text_add(&tally->message, STR("; and "));
        text_add_uint(&tally->message, tally->count - NAMED_MAX);
        text_add(&tally->message, STR(" more"));
    }
    return text_str(&tally->message);
}

/* Sets the condition; the moment stays where the status does. */
static void set_condition(struct settling *settling, const struct tag_condition *wanted)
{
    struct import_status *status = &settling->change->status;
    struct tag_condition *condition = import_status_condition(status, wanted->type);
    struct tag_condition next = *wanted;

    next.generation = settling->view->self.details->generation;
    next.changed = condition && str_equal(condition->status, wanted->status) && condition->changed.known
                       ? condition->changed
                       : (struct stream_time){settling->view->now, true};
    if (!condition && status->condition_count < STATUS_CONDITIONS_MAX)
        condition = &status->conditions[status->condition_count++];
    if (condition)
        *condition = next;
}

static void set_ready(struct settling *settling, const char *ready, struct str reason, struct str message)
{
    set_condition(settling, &(struct tag_condition){.type = STR("Ready"),
                                                    .status = str_from_c(ready),
                                                    .reason = reason,
                                                    .message = message});
}

/* What is wrong with tags that stand is told as well: an outage is no reason to be less than ready. */
static void judge(struct settling *settling)
{
    const struct image_stream *stream = settling->view->self.stream;
    struct tally open = {.count = 0};
    struct tally later = {.count = 0};

    text_init(&open.message, settling->arena, MESSAGE_MAX_LEN);
    text_init(&later.message, settling->arena, MESSAGE_MAX_LEN);
    for (size_t i = 0; i < stream->tag_count; i++) {
        const struct stream_tag *tag = &stream->tags[i];
        const struct recorded_tag *recorded = import_status_tag(&settling->change->status, tag->name);
        enum standing standing = tag->has_from ? standing_of(settling, tag, recorded) : STANDS;

        if (standing == IMPORTING)
            tell(&open, tag->name, STR("Importing"), STR("is being imported"));
        else if (standing == FAILS)
            tell(&open, tag->name, recorded->failure.reason, recorded->failure.message);
        else if (recorded && recorded->failed)
            tell(&later, tag->name, recorded->failure.reason, recorded->failure.message);
    }
    if (open.count > 0)
        set_ready(settling, "False", open.reason, told(&open));
    else
        set_ready(settling, "True", stream->tag_count > 0 ? STR("Imported") : STR("NoTags"), told(&later));
}

static void summarize(struct settling *settling)
{
    struct import_status *status = &settling->change->status;
    const struct image_stream *stream = settling->view->self.stream;
    struct text names;

    text_init(&names, settling->arena, MESSAGE_MAX_LEN);
    for (size_t i = 0; i < stream->tag_count && i < COLUMN_TAGS; i++) {
        text_add_c(&names, i > 0 ? ", " : "");
        text_add(&names, stream->tags[i].name);
    }
    if (stream->tag_count > COLUMN_TAGS) {
        text_add(&names, STR(" + "));
        text_add_uint(&names, stream->tag_count - COLUMN_TAGS);
        text_add(&names, STR(" more"));
    }
    status->has_summary = true;
    status->summary.tags = text_str(&names);
}

void ready_settle(struct settling *settling)
{
    settling->change->status.observed_generation = settling->view->self.details->generation;
    summarize(settling);
    if (import_view_is_suspended(settling->view))
        set_ready(settling, "False", STR("Suspended"), STR("annotation weir.dev/suspend is \"true\""));
    else
        judge(settling);
}
