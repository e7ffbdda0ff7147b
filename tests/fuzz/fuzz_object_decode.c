/* SPDX-License-Identifier: Apache-2.0 */
/* Any tree is an object or told why not; what is an object can be put into a view and asked for. */
#include "base/yaml/read.h"
#include "core/cluster/view_build.h"
#include "core/object/decode.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned char sink;

static void touch(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        sink = (unsigned char)text.ptr[i];
}

static void read_stream(const struct image_stream *stream)
{
    for (size_t i = 0; i < stream->tag_count; i++) {
        const struct stream_tag *tag = &stream->tags[i];

        assert(image_stream_tag(stream, tag->name) == tag);
        assert(i == 0 || str_compare(stream->tags[i - 1].name, tag->name) < 0);
        touch(tag->source_normalized);
        touch(tag->source_repository);
        touch(tag->source_digest);
        touch(tag->stream);
        touch(tag->stream_tag);
    }
    for (size_t i = 0; i < stream->history_count; i++) {
        for (size_t k = 0; k < stream->histories[i].count; k++) {
            touch(stream->histories[i].events[k].image);
            touch(stream->histories[i].events[k].repository);
        }
        assert(image_stream_history(stream, stream->histories[i].tag) == &stream->histories[i]);
    }
}

static void read_policy(const struct cluster_view *view, struct arena *arena, struct str namespace)
{
    const struct effective_policy *policy = cluster_view_policy(view, arena, namespace);

    assert(policy && policy->fields.enforcement != ENFORCEMENT_UNSET);
    touch(policy->names);
    for (size_t i = 0; i < policy->warning_count; i++)
        assert(policy->warnings[i].len <= 120);
    for (size_t i = 0; i < policy->rule_count; i++)
        assert(policy->rules[i]->allow_count > 0 && policy->rules[i]->name.len > 0);
}

static void view_object(struct arena *arena, const struct cluster_object *object)
{
    struct cluster_objects objects = {.stream_count = 0};
    struct cluster_view view;

    objects.stream_count = object->kind == OBJECT_IMAGE_STREAM;
    objects.streams = (const struct image_stream *const *)&object->as.stream;
    objects.policy_count =
        object->kind == OBJECT_STREAM_POLICY || object->kind == OBJECT_CLUSTER_STREAM_POLICY;
    objects.policies = (const struct stream_policy *const *)&object->as.policy;
    objects.namespace_count = object->kind == OBJECT_NAMESPACE;
    objects.namespaces = (const struct namespace_object *const *)&object->as.namespace;
    view_build(arena, &objects, 1, &view);
    if (object->kind == OBJECT_IMAGE_STREAM) {
        assert(cluster_view_stream(&view, object->namespace, object->name) == object->as.stream);
        read_stream(object->as.stream);
    }
    read_policy(&view, arena, object->namespace);
    read_policy(&view, arena, STR("elsewhere"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct text_pool texts;
    struct yaml_documents documents = {NULL, 0};
    struct error err;

    arena_init(&arena);
    text_pool_init(&texts, &arena);
    if (yaml_read(&arena, (struct str){(const char *)data, size}, &documents, &err) < 0)
        documents.count = 0;
    for (size_t i = 0; i < documents.count; i++) {
        struct cluster_object object = {.line = 0};

        if (object_decode(&texts, documents.items[i], NULL, &object, &err) == 0)
            view_object(&arena, &object);
        else
            assert(object.line > 0 && error_text(&err).len > 0);
    }
    arena_release(&arena);
    return 0;
}
