/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/description_json.h"

#include "base/json/write.h"
#include "base/timestamp.h"

static void member_time(struct json_writer *w, struct str key, struct stream_time time)
{
    char text[TIMESTAMP_SIZE];

    json_write_key(w, key);
    if (!time.known) {
        json_write_null(w);
        return;
    }
    timestamp_write(text, time.at);
    json_write_str(w, (struct str){text, sizeof(text)});
}

static void member_map(struct json_writer *w, struct str key, const struct label *members, size_t count)
{
    json_write_key(w, key);
    json_write_map_open(w);
    for (size_t i = 0; i < count; i++)
        json_write_member_str(w, members[i].key, members[i].value);
    json_write_map_close(w);
}

static void write_events(struct json_writer *w, const struct stream_subject *subject,
                         const struct tag_history *history)
{
    json_write_list_open(w);
    for (size_t i = 0; history && i < history->count; i++) {
        const struct tag_event *event = &history->events[i];

        json_write_map_open(w);
        member_time(w, STR("created"), (struct stream_time){event->created, event->created_known});
        json_write_key(w, STR("ageSeconds"));
        if (event->created_known)
            json_write_int(w, subject->now - event->created);
        else
            json_write_null(w);
        json_write_member_text(w, STR("image"), event->image);
        json_write_member_text(w, STR("dockerImageReference"), event->reference);
        json_write_member_int(w, STR("generation"), event->generation);
        json_write_map_close(w);
    }
    json_write_list_close(w);
}

static void write_from(struct json_writer *w, const struct stream_tag *spec)
{
    json_write_key(w, STR("from"));
    if (!spec || !spec->has_from) {
        json_write_null(w);
        return;
    }
    json_write_map_open(w);
    json_write_member_text(w, STR("kind"), spec->from_kind);
    json_write_member_text(w, STR("namespace"), spec->from_namespace);
    json_write_member_text(w, STR("name"), spec->from_name);
    json_write_map_close(w);
}

static struct str reference_policy(const struct stream_tag *spec)
{
    if (!spec)
        return STR("");
    return spec->local ? STR("Local") : STR("Source");
}

static void write_spec(struct json_writer *w, const struct listed_tag *tag)
{
    const struct spec_tag_details *more = tag->spec_more;

    json_write_member_bool(w, STR("inSpec"), tag->spec != NULL);
    write_from(w, tag->spec);
    json_write_member_bool(w, STR("reference"), tag->spec && tag->spec->reference);
    json_write_member_bool(w, STR("scheduled"), tag->spec && tag->spec->scheduled);
    json_write_member_bool(w, STR("insecure"), tag->spec && tag->spec->insecure);
    json_write_member_text(w, STR("referencePolicy"), reference_policy(tag->spec));
    json_write_member_int(w, STR("generation"), more ? more->generation : 0);
    member_map(w, STR("annotations"), more ? more->annotations : NULL, more ? more->annotation_count : 0);
}

static void write_conditions(struct json_writer *w, const struct status_tag_details *status)
{
    json_write_key(w, STR("conditions"));
    json_write_list_open(w);
    for (size_t i = 0; i < status->condition_count; i++) {
        const struct tag_condition *condition = &status->conditions[i];

        json_write_map_open(w);
        json_write_member_text(w, STR("type"), condition->type);
        json_write_member_text(w, STR("status"), condition->status);
        json_write_member_text(w, STR("reason"), condition->reason);
        json_write_member_text(w, STR("message"), condition->message);
        json_write_member_int(w, STR("generation"), condition->generation);
        member_time(w, STR("lastTransitionTime"), condition->changed);
        json_write_map_close(w);
    }
    json_write_list_close(w);
}

static void write_pending(struct json_writer *w, const struct status_tag_details *status)
{
    json_write_key(w, STR("pending"));
    if (!status->has_pending) {
        json_write_null(w);
        return;
    }
    json_write_map_open(w);
    json_write_member_text(w, STR("digest"), status->pending.digest);
    json_write_member_text(w, STR("reference"), status->pending.reference);
    member_time(w, STR("since"), status->pending.since);
    member_time(w, STR("until"), status->pending.until);
    json_write_map_close(w);
}

static void write_status(struct json_writer *w, const struct listed_tag *tag)
{
    static const struct status_tag_details none = {.attempts = 0};
    const struct status_tag_details *status = tag->status ? tag->status : &none;

    write_conditions(w, status);
    json_write_member_int(w, STR("attempts"), status->attempts);
    member_time(w, STR("lastChecked"), status->last_checked);
    member_time(w, STR("nextCheck"), status->next_check);
    member_time(w, STR("missingSince"), status->missing_since);
    member_time(w, STR("removedSince"), status->removed_since);
    member_time(w, STR("unusedSince"), status->unused_since);
    write_pending(w, status);
}

static void write_tag(struct json_writer *w, const struct stream_subject *subject,
                      const struct listed_tag *tag)
{
    json_write_map_open(w);
    json_write_member_str(w, STR("name"), tag->name);
    write_spec(w, tag);
    write_status(w, tag);
    json_write_key(w, STR("events"));
    write_events(w, subject, tag->history);
    json_write_map_close(w);
}

int description_json_stream(struct text *out, const struct stream_subject *subject, struct error *err)
{
    const struct image_stream *stream = subject->stream;
    const struct stream_details *details = subject->details;
    struct json_writer w;

    json_write_init(&w, out);
    json_write_map_open(&w);
    json_write_member_str(&w, STR("namespace"), stream->namespace);
    json_write_member_str(&w, STR("name"), stream->name);
    json_write_member_str(&w, STR("group"), stream->openshift ? STR("image.openshift.io") : STR("weir.dev"));
    member_time(&w, STR("created"), details->created);
    member_map(&w, STR("labels"), details->labels, details->label_count);
    member_map(&w, STR("annotations"), details->annotations, details->annotation_count);
    json_write_member_text(&w, STR("repository"), stream->repository);
    json_write_member_text(&w, STR("publicRepository"), details->public_repository);
    json_write_member_bool(&w, STR("lookupLocal"), stream->lookup_local);
    json_write_member_int(&w, STR("images"), (int64_t)description_image_count(out->arena, stream));
    json_write_key(&w, STR("tags"));
    json_write_list_open(&w);
    for (size_t i = 0; i < subject->tags->count; i++)
        write_tag(&w, subject, &subject->tags->items[i]);
    json_write_list_close(&w);
    json_write_map_close(&w);
    return json_write_finish(&w, err);
}

int description_json_history(struct text *out, const struct stream_subject *subject,
                             const struct listed_tag *tag, struct error *err)
{
    struct json_writer w;

    json_write_init(&w, out);
    write_events(&w, subject, tag->history);
    return json_write_finish(&w, err);
}
