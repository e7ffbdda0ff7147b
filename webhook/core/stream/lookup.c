/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/lookup.h"

static struct str tag_or_latest(const struct image_reference *ref)
{
    return ref->tag.len ? ref->tag : STR("latest");
}

static bool is_shared(const struct lookup_scope *scope, struct str namespace)
{
    const struct str_list *shared = &scope->policy->fields.shared_namespaces;

    for (size_t i = 0; i < shared->count; i++) {
        if (str_equal(shared->items[i], namespace))
            return true;
    }
    return false;
}

bool stream_lookup_namespace_allowed(const struct lookup_scope *scope, struct str namespace)
{
    return (namespace.len > 0 && str_equal(namespace, scope->namespace)) || is_shared(scope, namespace);
}

static bool opted_in(const struct lookup_scope *scope, const struct image_stream *stream)
{
    enum stream_lookup lookup = scope->policy->fields.streams_lookup;

    return stream->lookup_local || scope->resolve_names || lookup == LOOKUP_ALL || lookup == LOOKUP_ONLY;
}

static const struct image_stream *own_stream(const struct lookup_scope *scope, struct str name)
{
    return scope->namespace.len ? cluster_view_stream(scope->view, scope->namespace, name) : NULL;
}

/* The first shared namespace, in the policy's order, that has a stream of that name. */
static const struct image_stream *shared_stream(const struct lookup_scope *scope, struct str name)
{
    const struct str_list *shared = &scope->policy->fields.shared_namespaces;
    const struct image_stream *stream = NULL;

    for (size_t i = 0; i < shared->count && !stream; i++)
        stream = cluster_view_stream(scope->view, shared->items[i], name);
    return stream;
}

static void is_stream(struct looked_up *ret, const struct image_stream *stream)
{
    ret->class = REFERENCE_STREAM;
    ret->stream = stream;
    ret->tag = tag_or_latest(&ret->ref);
}

static void no_stream(struct looked_up *ret, struct str problem)
{
    ret->class = REFERENCE_NO_STREAM;
    ret->problem = problem;
    ret->tag = tag_or_latest(&ret->ref);
}

static void shadowed(const struct lookup_scope *scope, struct looked_up *ret, struct str namespace,
                     struct str name)
{
    ret->class = REFERENCE_SHADOWED;
    ret->problem =
        arena_join(scope->arena, STR("stream "), namespace, STR("/"), name, STR(" exists, not opted in"));
}

static bool names_registry_host(const struct lookup_scope *scope, struct str domain)
{
    for (size_t i = 0; i < scope->registry_host_count; i++) {
        if (str_equal(scope->registry_hosts[i], domain))
            return true;
    }
    return false;
}

/* <host>/ns/stream[:tag] */
static void look_up_virtual(const struct lookup_scope *scope, struct looked_up *ret)
{
    struct str name = ret->ref.path;
    struct str namespace = str_cut(&name, '/');
    const struct image_stream *stream;

    if (!name.ptr || str_find(name, '/') < name.len) {
        no_stream(ret, arena_join(scope->arena, ret->ref.domain,
                                  STR(" serves streams only, as HOST/NAMESPACE/STREAM:TAG")));
        return;
    }
    if (!stream_lookup_namespace_allowed(scope, namespace)) {
        no_stream(ret, arena_join(scope->arena, STR("namespace "), namespace,
                                  STR(" is neither this one nor shared with it")));
        return;
    }
    stream = cluster_view_stream(scope->view, namespace, name);
    if (stream)
        is_stream(ret, stream);
    else
        no_stream(ret, arena_join(scope->arena, STR("no such stream: "), namespace, STR("/"), name));
}

static void look_up_one(const struct lookup_scope *scope, struct looked_up *ret)
{
    struct str name = ret->ref.path;
    const struct image_stream *own = own_stream(scope, name);
    const struct image_stream *stream = own && opted_in(scope, own) ? own : shared_stream(scope, name);

    if (stream)
        is_stream(ret, stream);
    else if (scope->policy->fields.streams_lookup == LOOKUP_ONLY)
        no_stream(ret, arena_join(scope->arena, STR("no such stream: "), scope->namespace, STR("/"), name,
                                  STR(", and the policy takes single names for streams only")));
    else if (own)
        shadowed(scope, ret, scope->namespace, name);
}

static void look_up_two(const struct lookup_scope *scope, struct looked_up *ret)
{
    struct str name = ret->ref.path;
    struct str namespace = str_cut(&name, '/');
    const struct image_stream *stream;

    if (!stream_lookup_namespace_allowed(scope, namespace))
        return;
    stream = cluster_view_stream(scope->view, namespace, name);
    if (stream && (is_shared(scope, namespace) || opted_in(scope, stream)))
        is_stream(ret, stream);
    else if (stream)
        shadowed(scope, ret, namespace, name);
    else if (scope->policy->fields.streams_lookup == LOOKUP_ONLY)
        no_stream(ret, arena_join(scope->arena, STR("no such stream: "), namespace, STR("/"), name,
                                  STR(", and the policy takes names of that namespace for streams only")));
}

void stream_lookup(const struct lookup_scope *scope, struct str text, struct looked_up *ret)
{
    struct error err;
    size_t components;

    *ret = (struct looked_up){.class = REFERENCE_UNPARSABLE};
    if (image_reference_parse(text, &ret->ref, &err) < 0) {
        ret->problem = arena_str(scope->arena, error_text(&err));
        return;
    }
    ret->class = ret->ref.digest.len ? REFERENCE_PINNED : REFERENCE_PLAIN;
    if (ret->class == REFERENCE_PINNED || scope->policy->fields.streams_resolution == RESOLUTION_OFF)
        return;
    components = ret->ref.domain_given || ret->ref.domain.len == 0 ? 0
                 : ret->ref.library                                ? 1
                                                                   : image_reference_components(&ret->ref);
    if (ret->ref.domain_given && names_registry_host(scope, ret->ref.domain))
        look_up_virtual(scope, ret);
    else if (components == 1)
        look_up_one(scope, ret);
    else if (components == 2)
        look_up_two(scope, ret);
}

bool stream_lookup_source_is_virtual(const struct lookup_scope *scope, const struct stream_tag *tag)
{
    struct str rest = tag->source_repository;

    return names_registry_host(scope, str_cut(&rest, '/'));
}

const struct image_stream *stream_lookup_alias_target(const struct lookup_scope *scope,
                                                      const struct image_stream *stream,
                                                      const struct stream_tag *tag)
{
    struct str namespace = tag->from_namespace.len ? tag->from_namespace : stream->namespace;
    struct str name = tag->stream.len ? tag->stream : stream->name;

    if (tag->from_namespace.len && !stream_lookup_namespace_allowed(scope, namespace))
        return NULL;
    return cluster_view_stream(scope->view, namespace, name);
}

static bool history_has(const struct tag_history *history, struct str repository)
{
    for (size_t i = 0; history && i < history->count; i++) {
        if (str_equal(history->events[i].repository, repository))
            return true;
    }
    return false;
}

static bool tag_has(const struct lookup_scope *scope, const struct image_stream *stream,
                    const struct stream_tag *tag, struct str name, struct str repository)
{
    return str_equal(stream->repository, repository) ||
           (stream_tag_source(scope, tag) == TAG_SOURCE_IMAGE &&
            str_equal(tag->source_repository, repository)) ||
           history_has(image_stream_history(stream, name), repository);
}

/* What an ImageStreamImage can be of: any event of its stream, or the stream's own repository. */
static bool digest_comes_from(const struct image_stream *stream, struct str repository)
{
    for (size_t i = 0; i < stream->history_count; i++) {
        if (history_has(&stream->histories[i], repository))
            return true;
    }
    return str_equal(stream->repository, repository);
}

bool stream_lookup_tag_has_repository(const struct lookup_scope *scope, const struct image_stream *stream,
                                      struct str tag, struct str repository)
{
    for (size_t step = 0; stream && step <= STREAM_ALIAS_STEPS_MAX; step++) {
        const struct stream_tag *spec = image_stream_tag(stream, tag);

        if (tag_has(scope, stream, spec, tag, repository))
            return true;
        if (!spec || (spec->source != TAG_SOURCE_STREAM_TAG && spec->source != TAG_SOURCE_STREAM_IMAGE))
            return false;
        stream = stream_lookup_alias_target(scope, stream, spec);
        if (spec->source == TAG_SOURCE_STREAM_IMAGE)
            return stream && digest_comes_from(stream, repository);
        tag = spec->stream_tag;
    }
    return false;
}

bool stream_lookup_has_repository(const struct lookup_scope *scope, const struct image_stream *stream,
                                  struct str repository)
{
    for (size_t i = 0; i < stream->tag_count; i++) {
        if (stream_lookup_tag_has_repository(scope, stream, stream->tags[i].name, repository))
            return true;
    }
    for (size_t i = 0; i < stream->history_count; i++) {
        if (history_has(&stream->histories[i], repository))
            return true;
    }
    return str_equal(stream->repository, repository);
}
