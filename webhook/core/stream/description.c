/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/description.h"

#include "base/character.h"
#include "base/duration.h"
#include "base/timestamp.h"

#include <stdlib.h>

enum { LABEL_WIDTH = 20, AGE_WIDTH = 12 };

static void add_value(struct text *out, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];

        text_add_char(out, c < 0x20 || c == 0x7f ? '?' : value.ptr[i]);
    }
}

/* Blanks up to a column of the line that began at `start`; at least one. */
static void pad(struct text *out, size_t start, size_t width)
{
    do
        text_add_char(out, ' ');
    while (!out->too_long && out->len - start < width);
}

/* "3h20m ago", "in 5m" */
static void add_when(struct text *out, int64_t now, struct stream_time time)
{
    if (!time.known) {
        text_add_literal(out, "unknown");
        return;
    }
    if (time.at > now)
        text_add_literal(out, "in ");
    duration_format(out, time.at > now ? time.at - now : now - time.at);
    if (time.at <= now)
        text_add_literal(out, " ago");
}

static void add_label(struct text *out, const char *label)
{
    size_t start = out->len;

    text_add_c(out, label);
    pad(out, start, LABEL_WIDTH);
}

static void add_field(struct text *out, const char *label, struct str value)
{
    add_label(out, label);
    if (value.len > 0)
        add_value(out, value);
    else
        text_add_literal(out, "<none>");
    text_add_char(out, '\n');
}

static void add_map(struct text *out, const char *label, const struct label *members, size_t count)
{
    if (count == 0)
        add_field(out, label, STR(""));
    for (size_t i = 0; i < count; i++) {
        add_label(out, i == 0 ? label : "");
        add_value(out, members[i].key);
        text_add_char(out, '=');
        add_value(out, members[i].value);
        text_add_char(out, '\n');
    }
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

size_t description_image_count(struct arena *arena, const struct image_stream *stream)
{
    struct str *images;
    size_t count = 0;
    size_t unique = 0;

    for (size_t i = 0; i < stream->history_count; i++)
        count += stream->histories[i].count;
    images = ARENA_ARRAY(arena, count, struct str);
    count = 0;
    for (size_t i = 0; i < stream->history_count; i++) {
        for (size_t k = 0; k < stream->histories[i].count; k++) {
            if (stream->histories[i].events[k].image.len > 0)
                images[count++] = stream->histories[i].events[k].image;
        }
    }
    if (count > 0)
        qsort(images, count, sizeof(*images), compare_texts);
    for (size_t i = 0; i < count; i++)
        unique += i == 0 || !str_equal(images[i], images[i - 1]);
    return unique;
}

static void add_head(struct text *out, const struct stream_subject *subject)
{
    const struct image_stream *stream = subject->stream;
    const struct stream_details *details = subject->details;

    add_field(out, "Name:", stream->name);
    add_field(out, "Namespace:", stream->namespace);
    add_field(out, "API Group:", stream->openshift ? STR("image.openshift.io") : STR("weir.dev"));
    add_label(out, "Created:");
    add_when(out, subject->now, details->created);
    text_add_char(out, '\n');
    add_map(out, "Labels:", details->labels, details->label_count);
    add_map(out, "Annotations:", details->annotations, details->annotation_count);
    add_field(out, "Image Repository:",
              details->public_repository.len > 0 ? details->public_repository : stream->repository);
    add_field(out, "Image Lookup:", stream->lookup_local ? STR("local=true") : STR("local=false"));
    add_label(out, "Unique Images:");
    text_addf(out, "%zu\n", description_image_count(out->arena, stream));
    add_label(out, "Tags:");
    text_addf(out, "%zu\n", subject->tags->count);
}

/* "10.2 (latest, stable)" */
static void add_name(struct text *out, const struct stream_subject *subject, const struct listed_tag *tag)
{
    const char *before = " (";

    add_value(out, tag->name);
    for (size_t i = 0; i < subject->tags->count; i++) {
        const struct listed_tag *other = &subject->tags->items[i];

        if (other->shown_with != tag)
            continue;
        text_add_c(out, before);
        add_value(out, other->name);
        before = ", ";
    }
    if (before[0] == ',')
        text_add_char(out, ')');
    text_add_char(out, '\n');
}

/* "shop/mi-web:ultima"; "ultima" is a tag of this stream. */
static void add_from(struct text *out, const struct stream_tag *spec)
{
    if (spec->from_namespace.len > 0) {
        add_value(out, spec->from_namespace);
        text_add_char(out, '/');
    }
    add_value(out, spec->from_name);
}

static void add_source(struct text *out, const struct stream_tag *spec)
{
    if (!spec || !spec->has_from) {
        text_add_c(out, spec ? "  follows nothing\n" : "  no tag of the spec\n");
        return;
    }
    if (str_equal(spec->from_kind, STR("DockerImage")))
        text_add_c(out, spec->reference ? "  reference to image " : "  follows image ");
    else if (spec->source == TAG_SOURCE_STREAM_TAG)
        text_add_c(out, "  follows tag ");
    else if (spec->source == TAG_SOURCE_STREAM_IMAGE)
        text_add_c(out, "  is stream image ");
    else {
        text_add_c(out, "  cannot follow ");
        add_value(out, spec->from_kind);
        text_add_char(out, ' ');
    }
    add_from(out, spec);
    text_add_c(out, spec->scheduled ? ", scheduled\n" : "\n");
}

static void add_spec(struct text *out, const struct listed_tag *tag)
{
    add_source(out, tag->spec);
    if (!tag->spec)
        return;
    if (tag->spec->insecure)
        text_add_literal(out, "  insecure: its import takes any certificate, and plain HTTP\n");
    if (tag->spec->local)
        text_add_literal(out, "  reference policy: Local\n");
    for (size_t i = 0; tag->spec_more && i < tag->spec_more->annotation_count; i++) {
        text_add_literal(out, "  ");
        add_value(out, tag->spec_more->annotations[i].key);
        text_add_char(out, '=');
        add_value(out, tag->spec_more->annotations[i].value);
        text_add_char(out, '\n');
    }
    if (tag_list_is_behind(tag))
        text_addf(out, "  generation %lld is not imported yet\n", (long long)tag->spec_more->generation);
}

static void add_failure(struct text *out, int64_t now, const struct tag_condition *condition)
{
    text_add_literal(out, "  ! ");
    add_value(out, condition->type);
    text_add_literal(out, " is False");
    if (condition->changed.known) {
        text_add_literal(out, ", ");
        add_when(out, now, condition->changed);
    }
    if (condition->reason.len > 0) {
        text_add_literal(out, ": ");
        add_value(out, condition->reason);
    }
    if (condition->message.len > 0) {
        text_add_literal(out, ": ");
        add_value(out, condition->message);
    }
    text_add_char(out, '\n');
}

static void add_moment(struct text *out, const char *what, int64_t now, struct stream_time time)
{
    if (!time.known)
        return;
    text_addf(out, "  %s ", what);
    add_when(out, now, time);
    text_add_char(out, '\n');
}

static void add_pending(struct text *out, int64_t now, const struct pending_digest *pending)
{
    text_add_literal(out, "  pending: ");
    add_value(out, pending->reference.len > 0 ? pending->reference : pending->digest);
    if (pending->since.known) {
        text_add_literal(out, ", seen ");
        add_when(out, now, pending->since);
    }
    if (pending->until.known) {
        text_add_literal(out, ", due ");
        add_when(out, now, pending->until);
    }
    text_add_char(out, '\n');
}

static void add_status(struct text *out, int64_t now, const struct status_tag_details *status)
{
    for (size_t i = 0; i < status->condition_count; i++) {
        if (stream_details_is_false(&status->conditions[i]))
            add_failure(out, now, &status->conditions[i]);
    }
    if (status->attempts > 0)
        text_addf(out, "  failures in a row: %lld\n", (long long)status->attempts);
    add_moment(out, "last checked", now, status->last_checked);
    add_moment(out, "next check", now, status->next_check);
    add_moment(out, "found missing in the registry", now, status->missing_since);
    add_moment(out, "removed from the spec", now, status->removed_since);
    add_moment(out, "found unused", now, status->unused_since);
    if (status->has_pending)
        add_pending(out, now, &status->pending);
}

static void add_event(struct text *out, int64_t now, const struct tag_event *event, bool current)
{
    size_t start;

    text_add_c(out, current ? "  * " : "    ");
    start = out->len;
    add_when(out, now, (struct stream_time){event->created, event->created_known});
    pad(out, start, AGE_WIDTH);
    add_value(out, event->reference.len > 0 ? event->reference : event->image);
    if (event->reference.len > 0 && !str_contains(event->reference, event->image)) {
        text_add_char(out, ' ');
        add_value(out, event->image);
    }
    text_add_char(out, '\n');
}

static void add_tag(struct text *out, const struct stream_subject *subject, const struct listed_tag *tag)
{
    size_t count = tag->history ? tag->history->count : 0;

    text_add_char(out, '\n');
    add_name(out, subject, tag);
    add_spec(out, tag);
    if (tag->status)
        add_status(out, subject->now, tag->status);
    if (count == 0)
        text_add_literal(out, "  nothing is recorded\n");
    for (size_t i = 0; i < count; i++)
        add_event(out, subject->now, &tag->history->events[i], i == 0);
}

void description_text(struct text *out, const struct stream_subject *subject)
{
    add_head(out, subject);
    for (size_t i = 0; i < subject->tags->count; i++) {
        if (!subject->tags->items[i].shown_with)
            add_tag(out, subject, &subject->tags->items[i]);
    }
}

/* Where the columns of a history begin. */
enum { AT_AGE = 23, AT_DIGEST = 31, AT_GENERATION = 52, AT_PULL_SPEC = 64 };

static void add_history_row(struct text *out, int64_t now, const struct tag_event *event, bool current)
{
    size_t start = out->len;

    text_add_c(out, current ? "* " : "  ");
    if (event->created_known)
        timestamp_format(out, event->created);
    pad(out, start, AT_AGE);
    if (event->created_known)
        duration_format(out, now - event->created);
    pad(out, start, AT_DIGEST);
    add_value(out, str_slice(event->image, 0, DESCRIPTION_DIGEST_LETTERS));
    pad(out, start, AT_GENERATION);
    text_add_int(out, event->generation);
    pad(out, start, AT_PULL_SPEC);
    add_value(out, event->reference);
    text_add_char(out, '\n');
}

void description_history_text(struct text *out, const struct stream_subject *subject,
                              const struct listed_tag *tag)
{
    size_t count = tag->history ? tag->history->count : 0;

    if (count > 0)
        text_add_literal(out, "  CREATED              AGE     DIGEST               GENERATION  PULL SPEC\n");
    for (size_t i = 0; i < count; i++)
        add_history_row(out, subject->now, &tag->history->events[i], i == 0);
}

void description_history_names(struct text *out, const struct stream_subject *subject,
                               const struct listed_tag *tag)
{
    for (size_t i = 0; tag->history && i < tag->history->count; i++) {
        const struct tag_event *event = &tag->history->events[i];

        if (event->image.len > 0) {
            add_value(out, subject->stream->name);
            text_add_char(out, '@');
        }
        add_value(out, event->image.len > 0 ? event->image : event->reference);
        text_add_char(out, '\n');
    }
}
