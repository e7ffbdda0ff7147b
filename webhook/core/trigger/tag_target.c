/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/tag_target.h"

#include "core/image/reference.h"

static struct str repository_of(const struct tag_target *target)
{
    if (target->spec && target->spec->local && target->stream->repository.len > 0)
        return target->stream->repository;
    if (target->newest->repository.len > 0 || !target->spec)
        return target->newest->repository;
    return target->spec->source_repository;
}

static struct str name_of(struct arena *arena, struct str text)
{
    struct image_reference ref;
    struct error err;

    if (image_reference_parse(text, &ref, &err) < 0)
        return STR("");
    return image_reference_normalized(arena, &ref);
}

static struct str value_of(struct arena *arena, const struct tag_target *target)
{
    struct str repository;

    if (target->newest->image.len == 0)
        return name_of(arena, target->newest->reference);
    repository = repository_of(target);
    if (!target->newest->image_valid || repository.len == 0)
        return STR("");
    return image_reference_of(arena, repository, STR(""), target->newest->image);
}

bool tag_target_find(struct arena *arena, const struct image_stream *stream, struct str tag,
                     struct tag_target *ret)
{
    const struct tag_history *history = stream ? image_stream_history(stream, tag) : NULL;

    *ret = (struct tag_target){.stream = stream, .history = history, .tag = tag};
    if (!history || history->count == 0 || history->removed)
        return false;
    ret->spec = image_stream_tag(stream, tag);
    ret->newest = &history->events[0];
    ret->value = value_of(arena, ret);
    return ret->value.len > 0;
}

static bool is_event(const struct tag_event *event, struct str repository, struct str digest)
{
    return str_equal(event->image, digest) &&
           (repository.len == 0 || str_equal(event->repository, repository));
}

/* Index of the first event with that digest; count: none. */
static size_t find_event(const struct tag_history *history, struct str repository, struct str digest)
{
    size_t index = 0;

    while (index < history->count && !is_event(&history->events[index], repository, digest))
        index++;
    return index;
}

/* Two events of one digest differ by their repositories. */
static enum held_image compare_digest(struct arena *arena, const struct tag_target *target,
                                      const struct image_reference *ref)
{
    const struct tag_history *history = target->history;
    size_t index = find_event(history, image_reference_repository(arena, ref), ref->digest);

    if (index == history->count)
        index = find_event(history, STR(""), ref->digest);
    if (index == history->count)
        return HELD_UNKNOWN;
    return index == 0 ? HELD_NEWEST : HELD_OLDER;
}

enum held_image tag_target_compare(struct arena *arena, const struct tag_target *target, struct str image)
{
    struct image_reference ref;
    struct error err;

    if (str_equal(image, target->value))
        return HELD_NEWEST;
    if (image_reference_parse(image, &ref, &err) < 0)
        return HELD_NAME;
    if (target->newest->image.len > 0)
        return ref.digest.len > 0 ? compare_digest(arena, target, &ref) : HELD_NAME;
    /* What a mere name stands for is the registry's to say: a digest of its repository will do. */
    if (str_equal(image_reference_normalized(arena, &ref), target->value) ||
        (ref.digest.len > 0 && image_reference_in_repository(&ref, target->newest->repository)))
        return HELD_NEWEST;
    return HELD_NAME;
}

enum held_image tag_target_compare_time(const struct tag_target *target, int64_t created)
{
    const struct tag_event *newest = target->newest;

    if (target->history->count == 1 || !newest->created_known || newest->created <= created)
        return HELD_NEWEST;
    return HELD_OLDER;
}

bool tag_target_was_taken_back(const struct tag_target *target, const struct moving_position *position,
                               const struct workload_revision *revisions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct moving_position *past =
            moving_position_find(&revisions[i].positions, position->list, position->name);
        struct image_reference ref;
        struct error err;

        if (past && target->newest->created_known && revisions[i].created >= target->newest->created &&
            image_reference_parse(past->image, &ref, &err) == 0 && ref.digest.len > 0 &&
            str_equal(ref.digest, target->newest->image))
            return true;
    }
    return false;
}
