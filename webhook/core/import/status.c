/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/status.h"

#include "base/json/write.h"
#include "base/timestamp.h"

static void copy_tag(const struct import_stream *stream, const struct status_tag_details *details,
                     struct recorded_tag *ret)
{
    const struct tag_history *history = image_stream_history(stream->stream, details->tag);
    const struct tag_condition *failure = stream_details_failure(details);

    *ret = (struct recorded_tag){.details = *details, .failed = failure != NULL};
    if (history) {
        ret->events = history->events;
        ret->count = history->count;
    }
    if (failure)
        ret->failure = *failure;
}

void import_status_copy(struct arena *arena, const struct import_stream *stream, struct import_status *ret)
{
    const struct stream_details *details = stream->details;

    *ret = (struct import_status){
        .image_repository = details->image_repository,
        .public_repository = details->public_repository,
        .observed_generation = details->observed_generation,
        .import_requested = details->import_requested,
        .repository = details->repository,
        .has_summary = details->has_summary,
        .summary = details->summary,
    };
    for (size_t i = 0; i < details->condition_count && ret->condition_count < STATUS_CONDITIONS_MAX; i++)
        ret->conditions[ret->condition_count++] = details->conditions[i];
    ret->size = details->status_tag_count + stream->stream->tag_count + 1;
    ret->tags = ARENA_ARRAY(arena, ret->size, struct recorded_tag);
    for (size_t i = 0; i < details->status_tag_count; i++)
        copy_tag(stream, &details->status_tags[i], &ret->tags[ret->count++]);
}

/* Where the tag stands, or would. */
static size_t index_of(const struct import_status *status, struct str tag)
{
    size_t from = 0;
    size_t to = status->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (str_compare(status->tags[middle].details.tag, tag) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct recorded_tag *import_status_tag(struct import_status *status, struct str tag)
{
    size_t index = index_of(status, tag);

    return index < status->count && str_equal(status->tags[index].details.tag, tag) ? &status->tags[index]
                                                                                    : NULL;
}

struct recorded_tag *import_status_add(struct arena *arena, struct import_status *status, struct str tag)
{
    size_t index = index_of(status, tag);
    struct recorded_tag *at;

    if (index < status->count && str_equal(status->tags[index].details.tag, tag))
        return &status->tags[index];
    if (status->count == status->size) {
        status->size = 2 * status->size;
        status->tags = arena_grow(arena, status->tags, status->count, status->size, sizeof(*status->tags));
    }
    at = &status->tags[index];
    memmove(at + 1, at, (status->count++ - index) * sizeof(*at));
    *at = (struct recorded_tag){.details = {.tag = tag}};
    return at;
}

void import_status_prepend(struct arena *arena, struct recorded_tag *tag, const struct tag_event *event)
{
    struct tag_event *events = ARENA_ARRAY(arena, tag->count + 1, struct tag_event);

    events[0] = *event;
    if (tag->count > 0)
        memcpy(events + 1, tag->events, tag->count * sizeof(*events));
    tag->events = events;
    tag->count++;
}

struct tag_condition *import_status_condition(struct import_status *status, struct str type)
{
    for (size_t i = 0; i < status->condition_count; i++) {
        if (str_equal(status->conditions[i].type, type))
            return &status->conditions[i];
    }
    return NULL;
}

/* Writing: what is empty or not known is left out. */

static void add_text(struct json_writer *w, struct str key, struct str value)
{
    if (value.len > 0)
        json_write_member_str(w, key, value);
}

static void add_count(struct json_writer *w, struct str key, int64_t value)
{
    if (value != 0)
        json_write_member_int(w, key, value);
}

static void add_seconds(struct json_writer *w, struct str key, int64_t seconds)
{
    char text[TIMESTAMP_SIZE];

    timestamp_write(text, seconds);
    json_write_member_str(w, key, (struct str){text, TIMESTAMP_SIZE});
}

static void add_time(struct json_writer *w, struct str key, struct stream_time time)
{
    if (time.known)
        add_seconds(w, key, time.at);
}

static void write_condition(struct json_writer *w, const struct tag_condition *condition,
                            struct str generation)
{
    json_write_map_open(w);
    json_write_member_str(w, STR("type"), condition->type);
    json_write_member_str(w, STR("status"), condition->status);
    add_time(w, STR("lastTransitionTime"), condition->changed);
    add_text(w, STR("reason"), condition->reason);
    add_text(w, STR("message"), condition->message);
    json_write_member_int(w, generation, condition->generation);
    json_write_map_close(w);
}

static void write_event(struct json_writer *w, const struct tag_event *event)
{
    json_write_map_open(w);
    if (event->created_known)
        add_seconds(w, STR("created"), event->created);
    json_write_member_str(w, STR("dockerImageReference"), event->reference);
    json_write_member_str(w, STR("image"), event->image);
    json_write_member_int(w, STR("generation"), event->generation);
    json_write_map_close(w);
}

static void write_pending(struct json_writer *w, const struct pending_digest *pending)
{
    json_write_key(w, STR("pending"));
    json_write_map_open(w);
    add_text(w, STR("digest"), pending->digest);
    add_text(w, STR("reference"), pending->reference);
    add_time(w, STR("since"), pending->since);
    add_time(w, STR("until"), pending->until);
    json_write_map_close(w);
}

static void write_lists(struct json_writer *w, const struct recorded_tag *tag)
{
    json_write_key(w, STR("items"));
    json_write_list_open(w);
    for (size_t i = 0; i < tag->count; i++)
        write_event(w, &tag->events[i]);
    json_write_list_close(w);
    if (!tag->failed)
        return;
    json_write_key(w, STR("conditions"));
    json_write_list_open(w);
    write_condition(w, &tag->failure, STR("generation"));
    json_write_list_close(w);
}

static void write_tag(struct json_writer *w, const struct recorded_tag *tag)
{
    const struct status_tag_details *details = &tag->details;

    json_write_map_open(w);
    json_write_member_str(w, STR("tag"), details->tag);
    add_text(w, STR("source"), details->source);
    add_time(w, STR("lastChecked"), details->last_checked);
    add_time(w, STR("nextCheck"), details->next_check);
    add_count(w, STR("attempts"), details->attempts);
    add_time(w, STR("missingSince"), details->missing_since);
    add_time(w, STR("removedSince"), details->removed_since);
    add_time(w, STR("unusedSince"), details->unused_since);
    if (details->has_pending)
        write_pending(w, &details->pending);
    write_lists(w, tag);
    json_write_map_close(w);
}

static void write_conditions(struct json_writer *w, const struct import_status *status)
{
    json_write_key(w, STR("conditions"));
    json_write_list_open(w);
    for (size_t i = 0; i < status->condition_count; i++)
        write_condition(w, &status->conditions[i], STR("observedGeneration"));
    json_write_list_close(w);
}

static void write_repository(struct json_writer *w, const struct repository_details *repository)
{
    json_write_key(w, STR("repository"));
    json_write_map_open(w);
    add_text(w, STR("source"), repository->source);
    add_time(w, STR("lastChecked"), repository->last_checked);
    add_time(w, STR("nextCheck"), repository->next_check);
    add_count(w, STR("attempts"), repository->attempts);
    json_write_map_close(w);
}

static void write_summary(struct json_writer *w, const struct stream_summary *summary)
{
    json_write_key(w, STR("summary"));
    json_write_map_open(w);
    add_text(w, STR("tags"), summary->tags);
    add_time(w, STR("updated"), summary->updated);
    add_text(w, STR("image"), summary->image);
    json_write_map_close(w);
}

int import_status_write(const struct import_status *status, struct text *out, struct error *err)
{
    struct json_writer w;

    json_write_init(&w, out);
    json_write_map_open(&w);
    add_text(&w, STR("dockerImageRepository"), status->image_repository);
    add_text(&w, STR("publicDockerImageRepository"), status->public_repository);
    add_count(&w, STR("observedGeneration"), status->observed_generation);
    add_text(&w, STR("importRequested"), status->import_requested);
    if (status->condition_count > 0)
        write_conditions(&w, status);
    if (status->repository.source.len > 0)
        write_repository(&w, &status->repository);
    if (status->has_summary)
        write_summary(&w, &status->summary);
    json_write_key(&w, STR("tags"));
    json_write_list_open(&w);
    for (size_t i = 0; i < status->count; i++)
        write_tag(&w, &status->tags[i]);
    json_write_list_close(&w);
    json_write_map_close(&w);
    return json_write_finish(&w, err);
}

static bool is_written_alike(struct text *left, struct text *right, bool written)
{
    return written && str_equal(text_str(left), text_str(right));
}

static bool write_alone(const struct recorded_tag *tag, struct text *out)
{
    struct json_writer w;
    struct error err;

    json_write_init(&w, out);
    write_tag(&w, tag);
    return json_write_finish(&w, &err) == 0;
}

/*
 * Most tags are what was copied, byte for byte: then nothing need be written to compare them. Bytes that only
 * pad may differ; that costs a comparison and no more.
 */
static bool is_same_tag(struct arena *arena, const struct recorded_tag *a, const struct recorded_tag *b)
{
    struct text left, right;

    if (memcmp((const char *)a, (const char *)b, sizeof(*a)) == 0)
        return true;
    text_init(&left, arena, STATUS_JSON_MAX);
    text_init(&right, arena, STATUS_JSON_MAX);
    return is_written_alike(&left, &right, write_alone(a, &left) && write_alone(b, &right));
}

/* All but the tags. */
static bool is_same_frame(struct arena *arena, struct import_status a, struct import_status b)
{
    struct text left, right;
    struct error err;

    a.count = b.count = 0;
    text_init(&left, arena, STATUS_JSON_MAX);
    text_init(&right, arena, STATUS_JSON_MAX);
    return is_written_alike(&left, &right,
                            import_status_write(&a, &left, &err) == 0 &&
                                import_status_write(&b, &right, &err) == 0);
}

bool import_status_is_same(struct arena *arena, const struct import_status *a, const struct import_status *b)
{
    if (a->count != b->count || !is_same_frame(arena, *a, *b))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!is_same_tag(arena, &a->tags[i], &b->tags[i]))
            return false;
    }
    return true;
}
