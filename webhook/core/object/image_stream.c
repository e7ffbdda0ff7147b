/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/image_stream.h"

#include "base/character.h"
#include "core/image/digest.h"
#include "core/image/reference.h"
#include "core/object/names.h"

#include <stdlib.h>
#include <string.h>

/* One list element while its list is put in order. */
struct sort_key {
    struct str name;
    size_t index;
};

static int compare_keys(const void *a, const void *b)
{
    const struct sort_key *left = a;
    const struct sort_key *right = b;
    int order = str_compare(left->name, right->name);

    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

static struct str name_at(const void *items, size_t index, size_t size, size_t name_offset)
{
    struct str name;

    memcpy(&name, (const char *)items + index * size + name_offset, sizeof(name));
    return name;
}

static bool is_sorted(const void *items, size_t count, size_t size, size_t name_offset)
{
    for (size_t i = 1; i < count; i++) {
        if (str_compare(name_at(items, i - 1, size, name_offset), name_at(items, i, size, name_offset)) >= 0)
            return false;
    }
    return true;
}

/* Sorts by name and keeps the last of equal names. Lists from a server come sorted: those are left alone. */
static void sort_unique(struct arena *arena, void **items, size_t *count, size_t size, size_t name_offset)
{
    struct sort_key *keys;
    char *sorted;
    size_t kept = 0;

    if (is_sorted(*items, *count, size, name_offset))
        return;
    keys = ARENA_ARRAY(arena, *count, struct sort_key);
    for (size_t i = 0; i < *count; i++)
        keys[i] = (struct sort_key){name_at(*items, i, size, name_offset), i};
    qsort(keys, *count, sizeof(*keys), compare_keys);
    sorted = arena_array(arena, *count, size);
    for (size_t i = 0; i < *count; i++) {
        if (i + 1 < *count && str_equal(keys[i].name, keys[i + 1].name))
            continue;
        memcpy(sorted + kept++ * size, (const char *)*items + keys[i].index * size, size);
    }
    *items = sorted;
    *count = kept;
}

/* \w[\w.-]{0,127}: what a reference can name as a tag. */
static bool is_tag_name(struct str name)
{
    if (name.len == 0 || name.len > IMAGE_REFERENCE_TAG_MAX || name.ptr[0] == '.' || name.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!char_is_alphanumeric(c) && c != '_' && c != '.' && c != '-')
            return false;
    }
    return true;
}

/*
 * The view of `text` that is the reference's normalized repository, where it is
 * written out in full; else a copy in the arena.
 */
static struct str repository_of(struct arena *arena, struct str text, const struct image_reference *ref)
{
    size_t end = (size_t)(ref->path.ptr + ref->path.len - text.ptr);
    struct str written = str_slice(text, 0, end);

    if (image_reference_in_repository(ref, written))
        return written;
    return image_reference_repository(arena, ref);
}

static void prepare_image(struct arena *arena, struct stream_tag *tag)
{
    struct error err;
    struct image_reference ref;
    struct image_reference normalized;

    if (image_reference_parse(tag->from_name, &ref, &err) < 0)
        return;
    tag->source = TAG_SOURCE_IMAGE;
    tag->source_askable = ref.domain.len > 0;
    tag->source_tag = ref.tag;
    tag->source_digest = ref.digest;
    tag->source_repository = repository_of(arena, tag->from_name, &ref);
    tag->source_normalized = tag->from_name;
    if (tag->source_repository.ptr == tag->from_name.ptr)
        return;
    /* One copy serves as the whole and as the repository. */
    tag->source_normalized = image_reference_normalized(arena, &ref);
    if (image_reference_parse(tag->source_normalized, &normalized, &err) == 0)
        tag->source_repository = repository_of(arena, tag->source_normalized, &normalized);
}

static void prepare_stream_tag(const struct image_stream *stream, struct stream_tag *tag)
{
    size_t colon = str_find(tag->from_name, ':');
    bool alone = colon == tag->from_name.len;
    bool foreign = tag->from_namespace.len > 0 && !str_equal(tag->from_namespace, stream->namespace);
    struct str name = alone ? (struct str){NULL, 0} : str_slice(tag->from_name, 0, colon);
    struct str tag_name = alone ? tag->from_name : str_from(tag->from_name, colon + 1);

    if (!is_tag_name(tag_name) || (alone ? foreign : !object_names_is_stream(name)))
        return;
    tag->source = TAG_SOURCE_STREAM_TAG;
    tag->stream = name;
    tag->stream_tag = tag_name;
}

static void prepare_stream_image(struct stream_tag *tag)
{
    size_t at = str_find(tag->from_name, '@');
    struct str name = str_slice(tag->from_name, 0, at);
    struct str digest = str_from(tag->from_name, at + 1);

    if (!object_names_is_stream(name) || !digest_is_valid(digest))
        return;
    tag->source = TAG_SOURCE_STREAM_IMAGE;
    tag->stream = name;
    tag->source_digest = digest;
}

static void prepare_tag(struct arena *arena, const struct image_stream *stream, struct stream_tag *tag)
{
    tag->source = TAG_SOURCE_NONE;
    if (!tag->has_from)
        return;
    if (str_equal(tag->from_kind, STR("DockerImage")))
        prepare_image(arena, tag);
    else if (str_equal(tag->from_kind, STR("ImageStreamTag")))
        prepare_stream_tag(stream, tag);
    else if (str_equal(tag->from_kind, STR("ImageStreamImage")))
        prepare_stream_image(tag);
}

static void prepare_event(struct arena *arena, struct tag_event *event)
{
    struct error err;
    struct image_reference ref;

    event->image_valid = false;
    event->repository = (struct str){NULL, 0};
    if (event->reference.len > 0 && image_reference_parse(event->reference, &ref, &err) == 0) {
        event->repository = repository_of(arena, event->reference, &ref);
        /* Nearly always the pull spec ends in the digest: then it is valid already. */
        event->image_valid = ref.digest.len > 0 && str_equal(ref.digest, event->image);
        if (event->image_valid)
            event->image = ref.digest; /* so that it stands behind its repository */
    }
    if (!event->image_valid)
        event->image_valid = digest_is_valid(event->image);
}

void image_stream_prepare(struct arena *arena, struct image_stream *stream)
{
    void *tags = stream->tags;
    void *histories = stream->histories;
    struct image_reference repository;
    struct error err;

    sort_unique(arena, &tags, &stream->tag_count, sizeof(*stream->tags), offsetof(struct stream_tag, name));
    sort_unique(arena, &histories, &stream->history_count, sizeof(*stream->histories),
                offsetof(struct tag_history, tag));
    stream->tags = tags;
    stream->histories = histories;
    if (image_reference_parse(stream->repository, &repository, &err) == 0)
        stream->repository = image_reference_repository(arena, &repository);
    for (size_t i = 0; i < stream->tag_count; i++)
        prepare_tag(arena, stream, &stream->tags[i]);
    for (size_t i = 0; i < stream->history_count; i++) {
        for (size_t k = 0; k < stream->histories[i].count; k++)
            prepare_event(arena, &stream->histories[i].events[k]);
    }
}

/* Of a list sorted by name; `count` where there is none. The last that is not greater is the only one that
 * can be. */
__attribute__((always_inline)) static inline size_t index_named(const void *items, size_t count, size_t size,
                                                                size_t name_offset, struct str name)
{
    size_t at = 0;
    size_t half;

    for (size_t left = count; left > 1; left -= half) {
        half = left / 2;
        if (str_compare(name_at(items, at + half, size, name_offset), name) <= 0)
            at += half;
    }
    return count > 0 && str_equal(name_at(items, at, size, name_offset), name) ? at : count;
}

const struct stream_tag *image_stream_tag(const struct image_stream *stream, struct str tag)
{
    size_t index = index_named(stream->tags, stream->tag_count, sizeof(*stream->tags),
                               offsetof(struct stream_tag, name), tag);

    return index < stream->tag_count ? &stream->tags[index] : NULL;
}

const struct tag_history *image_stream_history(const struct image_stream *stream, struct str tag)
{
    size_t index = index_named(stream->histories, stream->history_count, sizeof(*stream->histories),
                               offsetof(struct tag_history, tag), tag);

    return index < stream->history_count ? &stream->histories[index] : NULL;
}

const struct tag_event *image_stream_latest(const struct image_stream *stream, struct str tag)
{
    const struct tag_history *history = image_stream_history(stream, tag);

    return history && history->count > 0 ? &history->events[0] : NULL;
}
