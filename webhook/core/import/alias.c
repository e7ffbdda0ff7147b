/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/alias.h"
#include "core/import/source.h"

#include "base/text.h"

/*
 * A tag that follows another one takes over its newest event. Within the stream
 * that is worked out on the status in the making, so that a chain is settled
 * whatever the order of its names: each pass settles at least one link more.
 */
enum { ALIAS_STEPS_MAX = 16, PATH_MAX_LEN = 2048 };

/* One tag on the way along a chain. */
struct place {
    const struct import_stream *in;
    struct str tag;
};

static struct str namespace_of(const struct import_stream *in, const struct stream_tag *tag)
{
    return tag->from_namespace.len > 0 ? tag->from_namespace : in->stream->namespace;
}

static const struct import_stream *target_stream(const struct import_view *view,
                                                 const struct import_stream *in, const struct stream_tag *tag)
{
    return import_view_stream(view, namespace_of(in, tag),
                              tag->stream.len > 0 ? tag->stream : in->stream->name);
}

static struct str place_name(const struct settling *settling, const struct place *place)
{
    const struct image_stream *stream = place->in->stream;

    return arena_join(settling->arena, stream->namespace, STR("/"), stream->name, STR(":"), place->tag);
}

static bool same_place(const struct place *a, const struct place *b)
{
    return a->in == b->in && str_equal(a->tag, b->tag);
}

/* The tag that it follows; `in` is NULL where it follows none, or one of a stream that is not there. */
static struct place next_place(const struct import_view *view, const struct place *place)
{
    const struct stream_tag *tag = image_stream_tag(place->in->stream, place->tag);

    if (!tag || tag->source != TAG_SOURCE_STREAM_TAG)
        return (struct place){.in = NULL};
    return (struct place){target_stream(view, place->in, tag), tag->stream_tag};
}

static struct str cycle_text(const struct settling *settling, const struct place *path, size_t count)
{
    struct text text;

    text_init(&text, settling->arena, PATH_MAX_LEN);
    text_add(&text, STR("the tags follow each other: "));
    for (size_t i = 0; i < count; i++) {
        text_add(&text, i > 0 ? STR(" -> ") : STR(""));
        text_add(&text, place_name(settling, &path[i]));
    }
    return text_str(&text);
}

/* The chain from `place` on: true where it comes back or is too long, told in *ret. */
static bool has_no_end(const struct settling *settling, struct place place, struct str *ret)
{
    struct place path[ALIAS_STEPS_MAX + 2];
    size_t count = 0;

    for (; place.in; place = next_place(settling->view, &path[count - 1])) {
        path[count++] = place;
        for (size_t i = 0; i + 1 < count; i++) {
            if (same_place(&path[i], &place)) {
                *ret = cycle_text(settling, path, count);
                return true;
            }
        }
        if (count > ALIAS_STEPS_MAX + 1) {
            *ret = STR("it follows more than 16 tags in a row");
            return true;
        }
    }
    return false;
}

/*
 * The newest event of a tag that is there: of the spec, or of those that only the status has; *ret_there says
 * so. Of the stream itself it is what is in the making.
 */
static const struct tag_event *newest_of(struct settling *settling, const struct place *place,
                                         bool *ret_there)
{
    const struct tag_history *history;
    const struct recorded_tag *own;

    if (place->in != &settling->view->self) {
        history = image_stream_history(place->in->stream, place->tag);
        *ret_there = history ? !history->removed : image_stream_tag(place->in->stream, place->tag) != NULL;
        return *ret_there && history && history->count > 0 ? &history->events[0] : NULL;
    }
    own = import_status_tag(&settling->change->status, place->tag);
    *ret_there =
        own ? !own->details.removed_since.known : image_stream_tag(place->in->stream, place->tag) != NULL;
    return *ret_there && own && own->count > 0 ? &own->events[0] : NULL;
}

static const struct tag_event *find_digest(const struct tag_event *events, size_t count, struct str digest)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(events[i].image, digest))
            return &events[i];
    }
    return NULL;
}

/* The newest event of any tag that has the digest; of the stream itself, in what is in the making. */
static const struct tag_event *event_of_digest(struct settling *settling, const struct import_stream *in,
                                               struct str digest)
{
    const struct import_status *status = &settling->change->status;
    const struct image_stream *stream = in->stream;
    const struct tag_event *found = NULL;

    if (in == &settling->view->self) {
        for (size_t i = 0; !found && i < status->count; i++)
            found = find_digest(status->tags[i].events, status->tags[i].count, digest);
        return found;
    }
    for (size_t i = 0; !found && i < stream->history_count; i++)
        found = find_digest(stream->histories[i].events, stream->histories[i].count, digest);
    return found;
}

static void fail(struct settling *settling, struct recorded_tag *recorded, enum registry_failure kind,
                 struct str message)
{
    (void)settling_fail(settling, recorded, &(struct import_failure){.kind = kind, .message = message});
}

static void refuse_namespace(struct settling *settling, struct recorded_tag *recorded, struct str namespace)
{
    fail(settling, recorded, REGISTRY_FAILURE_FORBIDDEN,
         arena_join(
             settling->arena, STR("namespace \""), namespace,
             STR("\" does not share its streams with this one: label it weir.dev/shared=true, or add it to "
                 "streams.sharedNamespaces of a policy")));
}

/* Puts the target's newest event in front; true where that changed something. */
static bool take_over(struct settling *settling, struct recorded_tag *recorded, const struct tag_event *from)
{
    struct tag_event event = {.image = from->image, .reference = from->reference};

    if (recorded->count == 0 && from->created_known) {
        event.created = from->created;
        event.created_known = true;
    }
    settling_recover(settling, recorded);
    return settling_event(settling, recorded, event, MOVE_FOLLOWED);
}

static bool follow_tag(struct settling *settling, const struct stream_tag *tag, struct recorded_tag *recorded)
{
    const struct import_view *view = settling->view;
    struct place target = {target_stream(view, &view->self, tag), tag->stream_tag};
    const struct tag_event *newest;
    bool there = false;
    struct str problem;

    if (has_no_end(settling, (struct place){&view->self, tag->name}, &problem)) {
        fail(settling, recorded, REGISTRY_FAILURE_INVALID, problem);
        return false;
    }
    newest = target.in ? newest_of(settling, &target, &there) : NULL;
    if (newest)
        return take_over(settling, recorded, newest);
    if (!there)
        fail(settling, recorded, REGISTRY_FAILURE_NOT_FOUND,
             arena_join(
                 settling->arena, target.in ? STR("there is no tag \"") : STR("there is no stream for \""),
                 tag->from_name, STR("\" in namespace \""), namespace_of(&view->self, tag), STR("\"")));
    else
        settling_recover(settling, recorded); /* its target has nothing yet */
    return false;
}

static bool follow_digest(struct settling *settling, const struct stream_tag *tag,
                          struct recorded_tag *recorded)
{
    const struct import_stream *in = target_stream(settling->view, &settling->view->self, tag);
    const struct tag_event *event = in ? event_of_digest(settling, in, tag->source_digest) : NULL;

    if (!event && recorded->count > 0 && str_equal(recorded->events[0].image, tag->source_digest))
        event = &recorded->events[0]; /* taken over once: it stays, whatever becomes of the stream */
    if (event)
        return take_over(settling, recorded, event);
    fail(settling, recorded, REGISTRY_FAILURE_NOT_FOUND,
         arena_join(settling->arena, STR("no tag of the stream has had \""), tag->from_name,
                    STR("\" in namespace \""), namespace_of(&settling->view->self, tag), STR("\"")));
    return false;
}

static bool follow(struct settling *settling, const struct stream_tag *tag)
{
    struct recorded_tag *recorded = import_status_add(settling->arena, &settling->change->status, tag->name);
    struct str namespace = namespace_of(&settling->view->self, tag);

    settling_source(recorded, import_source_line(settling->arena, settling->view, tag));
    if (!import_view_may_follow(settling->view, namespace)) {
        refuse_namespace(settling, recorded, namespace);
        return false;
    }
    return tag->source == TAG_SOURCE_STREAM_TAG ? follow_tag(settling, tag, recorded)
                                                : follow_digest(settling, tag, recorded);
}

void alias_settle(struct settling *settling)
{
    const struct image_stream *stream = settling->view->self.stream;
    bool moved = true;

    for (size_t pass = 0; moved && pass <= ALIAS_STEPS_MAX; pass++) {
        moved = false;
        for (size_t i = 0; i < stream->tag_count; i++) {
            const struct stream_tag *tag = &stream->tags[i];

            if (tag->source == TAG_SOURCE_STREAM_TAG || tag->source == TAG_SOURCE_STREAM_IMAGE)
                moved = follow(settling, tag) || moved;
        }
    }
}
