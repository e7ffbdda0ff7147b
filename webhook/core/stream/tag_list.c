/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/tag_list.h"

#include "base/character.h"

#include <stdlib.h>

enum {
    ALIAS_STEPS_MAX = 16,
    VERSION_NUMBER_MAX = 18, /* digits that are compared as a number */
};

enum tag_rank { RANK_LATEST, RANK_VERSION, RANK_NAME };

static struct str version_of(struct str name)
{
    return str_starts(name, STR("v")) ? str_from(name, 1) : name;
}

static bool begins_with_digit(struct str text)
{
    return text.len > 0 && char_is_digit(text.ptr[0]);
}

static enum tag_rank rank_of(struct str name)
{
    if (str_equal(name, STR("latest")))
        return RANK_LATEST;
    return begins_with_digit(version_of(name)) ? RANK_VERSION : RANK_NAME;
}

/* Takes "10" and the dot behind it off; 0 where no number is left. */
static int64_t take_number(struct str *rest)
{
    int64_t number = 0;
    size_t len = 0;

    for (; len < rest->len && len < VERSION_NUMBER_MAX && begins_with_digit(str_from(*rest, len)); len++)
        number = number * 10 + (rest->ptr[len] - '0');
    *rest = str_from(*rest, len);
    if (len > 0 && rest->len > 1 && rest->ptr[0] == '.' && begins_with_digit(str_from(*rest, 1)))
        *rest = str_from(*rest, 1);
    return number;
}

/* The higher first; a missing number is 0, and "2" comes before "2-rc1". */
static int compare_versions(struct str a, struct str b)
{
    while (begins_with_digit(a) || begins_with_digit(b)) {
        int64_t x = take_number(&a);
        int64_t y = take_number(&b);

        if (x != y)
            return x > y ? -1 : 1;
    }
    return (a.len > 0) - (b.len > 0);
}

int tag_list_compare(struct str a, struct str b)
{
    int order = (int)rank_of(a) - (int)rank_of(b);

    if (order == 0 && rank_of(a) == RANK_VERSION)
        order = compare_versions(version_of(a), version_of(b));
    return order != 0 ? order : str_compare(a, b);
}

static int compare_tags(const void *a, const void *b)
{
    return tag_list_compare(((const struct listed_tag *)a)->name, ((const struct listed_tag *)b)->name);
}

static struct listed_tag list_tag(const struct image_stream *stream, const struct stream_details *details,
                                  struct str name)
{
    return (struct listed_tag){
        .name = name,
        .spec = image_stream_tag(stream, name),
        .history = image_stream_history(stream, name),
        .spec_more = stream_details_spec_tag(details, name),
        .status = stream_details_status_tag(details, name),
    };
}

const struct listed_tag *tag_list_find(const struct tag_list *list, struct str name)
{
    const struct listed_tag key = {.name = name};

    return list->count > 0 ? bsearch(&key, list->items, list->count, sizeof(*list->items), compare_tags)
                           : NULL;
}

/* The tag of the same stream that an alias follows, or NULL. */
static const struct listed_tag *next_of(const struct tag_list *list, const struct image_stream *stream,
                                        const struct listed_tag *tag)
{
    const struct stream_tag *spec = tag->spec;

    if (!spec || spec->source != TAG_SOURCE_STREAM_TAG ||
        (spec->stream.len > 0 && !str_equal(spec->stream, stream->name)) ||
        (spec->from_namespace.len > 0 && !str_equal(spec->from_namespace, stream->namespace)))
        return NULL;
    return tag_list_find(list, spec->stream_tag);
}

/* The end of a chain of aliases; NULL where the tag is none, or the chain has no end. */
static const struct listed_tag *end_of(const struct tag_list *list, const struct image_stream *stream,
                                       const struct listed_tag *tag)
{
    const struct listed_tag *next = next_of(list, stream, tag);

    for (size_t step = 0; next && step < ALIAS_STEPS_MAX; step++) {
        tag = next;
        next = next_of(list, stream, tag);
        if (!next)
            return tag;
    }
    return NULL;
}

static bool is_same_record(const struct tag_history *alias, const struct tag_history *target)
{
    if (!alias || alias->count == 0)
        return true;
    return target && target->count > 0 && str_equal(alias->events[0].image, target->events[0].image) &&
           str_equal(alias->events[0].reference, target->events[0].reference);
}

static bool has_failed(const struct listed_tag *tag)
{
    for (size_t i = 0; tag->status && i < tag->status->condition_count; i++) {
        if (stream_details_is_false(&tag->status->conditions[i]))
            return true;
    }
    return false;
}

void tag_list_build(struct arena *arena, const struct image_stream *stream,
                    const struct stream_details *details, struct tag_list *ret)
{
    struct listed_tag *items =
        ARENA_ARRAY(arena, stream->tag_count + stream->history_count, struct listed_tag);
    size_t count = 0;

    for (size_t i = 0; i < stream->tag_count; i++)
        items[count++] = list_tag(stream, details, stream->tags[i].name);
    for (size_t i = 0; i < stream->history_count; i++) {
        if (!image_stream_tag(stream, stream->histories[i].tag))
            items[count++] = list_tag(stream, details, stream->histories[i].tag);
    }
    if (count > 0)
        qsort(items, count, sizeof(*items), compare_tags);
    *ret = (struct tag_list){items, count};
    for (size_t i = 0; i < count; i++) {
        const struct listed_tag *end = end_of(ret, stream, &items[i]);

        if (end && !has_failed(&items[i]) && is_same_record(items[i].history, end->history))
            items[i].shown_with = end;
    }
}

bool tag_list_is_behind(const struct listed_tag *tag)
{
    int64_t reached = tag->history && tag->history->count > 0 ? tag->history->events[0].generation : 0;

    if (!tag->spec || !tag->spec->has_from || tag->spec->reference || !tag->spec_more)
        return false;
    for (size_t i = 0; tag->status && i < tag->status->condition_count; i++) {
        if (tag->status->conditions[i].generation > reached)
            reached = tag->status->conditions[i].generation;
    }
    return tag->spec_more->generation > reached;
}
