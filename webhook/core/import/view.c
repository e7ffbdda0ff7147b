/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/view.h"

#include "base/duration.h"

#include <stdlib.h>

#define NOTHING ((struct str){NULL, 0})

static struct import_target target_of(const struct image_stream *stream, const struct stream_tag *tag)
{
    return (struct import_target){
        .namespace = tag->from_namespace.len > 0 ? tag->from_namespace : stream->namespace,
        .name = tag->stream.len > 0 ? tag->stream : stream->name,
    };
}

size_t import_view_targets(struct arena *arena, const struct image_stream *stream,
                           const struct import_target **ret)
{
    struct import_target *targets = ARENA_ARRAY(arena, stream->tag_count + 1, struct import_target);
    size_t count = 0;

    for (size_t i = 0; i < stream->tag_count; i++) {
        const struct stream_tag *tag = &stream->tags[i];
        struct import_target target = target_of(stream, tag);

        if ((tag->source != TAG_SOURCE_STREAM_TAG && tag->source != TAG_SOURCE_STREAM_IMAGE) ||
            (str_equal(target.name, stream->name) && str_equal(target.namespace, stream->namespace)))
            continue;
        targets[count++] = target;
    }
    *ret = targets;
    return count;
}

static bool is_named(const struct image_stream *stream, struct str namespace, struct str name)
{
    return str_equal(stream->name, name) && str_equal(stream->namespace, namespace);
}

const struct import_stream *import_view_stream(const struct import_view *view, struct str namespace,
                                               struct str name)
{
    if (is_named(view->self.stream, namespace, name))
        return &view->self;
    for (size_t i = 0; i < view->other_count; i++) {
        if (is_named(view->others[i].stream, namespace, name))
            return &view->others[i];
    }
    return NULL;
}

bool import_view_may_follow(const struct import_view *view, struct str namespace)
{
    if (str_equal(namespace, view->self.stream->namespace))
        return true;
    for (size_t i = 0; view->shared && i < view->shared->count; i++) {
        if (str_equal(view->shared->items[i], namespace))
            return true;
    }
    return false;
}

static int compare_memories(const void *a, const void *b)
{
    return str_compare((*(struct import_memory *const *)a)->tag, (*(struct import_memory *const *)b)->tag);
}

void import_view_index(struct arena *arena, struct import_view *view)
{
    struct import_memory **index = ARENA_ARRAY(arena, view->memory_count + 1, struct import_memory *);

    for (size_t i = 0; i < view->memory_count; i++)
        index[i] = &view->memory[i];
    if (view->memory_count > 1)
        qsort(index, view->memory_count, sizeof(struct import_memory *), compare_memories);
    view->memory_index = index;
}

struct import_memory *import_view_memory(const struct import_view *view, struct str tag)
{
    struct import_memory wanted = {.tag = tag};
    struct import_memory *key = &wanted;
    struct import_memory *const *found;

    if (view->memory_index) {
        found = view->memory_count > 0 ? bsearch(&key, view->memory_index, view->memory_count,
                                                 sizeof(struct import_memory *), compare_memories)
                                       : NULL;
        return found ? *found : NULL;
    }
    for (size_t i = 0; i < view->memory_count; i++) {
        if (str_equal(view->memory[i].tag, tag))
            return &view->memory[i];
    }
    return NULL;
}

struct str import_view_stream_annotation(const struct import_view *view, struct str key)
{
    const struct stream_details *details = view->self.details;

    return stream_details_annotation(details->annotations, details->annotation_count, key);
}

bool import_view_is_suspended(const struct import_view *view)
{
    return str_equal(import_view_stream_annotation(view, STR("weir.dev/suspend")), STR("true"));
}

uint64_t import_view_request(const struct import_view *view)
{
    struct str asked = import_view_stream_annotation(view, STR("weir.dev/import"));
    uint64_t hash;

    if (asked.len == 0 || str_equal(asked, view->self.details->import_requested))
        return 0;
    hash = str_hash(asked, 1);
    return hash != 0 ? hash : 1;
}

struct str import_view_annotation(const struct import_view *view, struct str tag, struct str key)
{
    const struct spec_tag_details *details =
        tag.ptr ? stream_details_spec_tag(view->self.details, tag) : NULL;
    struct str value =
        details ? stream_details_annotation(details->annotations, details->annotation_count, key) : NOTHING;

    return value.len > 0 ? value : import_view_stream_annotation(view, key);
}

int64_t import_view_seconds(const struct import_view *view, struct str tag, struct str key)
{
    struct str text = import_view_annotation(view, tag, key);
    int64_t ms;

    if (text.len == 0)
        return 0;
    return duration_parse(text, &ms) && ms >= 1000 ? ms / 1000 : IMPORT_VIEW_UNREADABLE;
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

bool import_view_is_used(const struct import_view *view, struct str digest)
{
    const struct import_usage *usage = view->usage;

    return usage && usage->count > 0 &&
           bsearch(&digest, usage->digests, usage->count, sizeof(*usage->digests), compare_texts) != NULL;
}
