/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/stream/stream_source.h"

#include "base/json/read.h"
#include "base/timestamp.h"
#include "cmd/decide/cluster_source.h"
#include "cmd/line/printable.h"
#include "cmd/line/suggestion.h"
#include "cmd/stream/cluster_reader.h"
#include "core/object/decode.h"
#include "engine/cluster/tables.h"
#include "engine/object/files.h"

#include <string.h>
#include <time.h>

static const char *const output_choices[] = {"text", "json", "name", NULL};

const struct option stream_source_options[] = {
    {.name = "namespace",
     .letter = 'n',
     .kind = OPTION_TEXT,
     .offset = offsetof(struct stream_settings, namespace),
     .value = "NAMESPACE",
     .help = "The stream's namespace. Default: the context's, else \"default\"."},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct stream_settings, output),
     .value = "FORMAT",
     .choices = output_choices,
     .fallback = "text",
     .help = "text for people, json for programs, or name."},
    {.name = "objects",
     .kind = OPTION_LIST,
     .offset = offsetof(struct stream_settings, source.objects),
     .value = "PATH",
     .help = "Instead of the cluster: file or directory with its objects, as .yaml, .yml or .json. May be "
             "repeated."},
    {.name = "kubeconfig",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct stream_settings, source.kubeconfig),
     .value = "FILE",
     .help = "The cluster that this kubeconfig names. Default: $KUBECONFIG, or ~/.kube/config."},
    {.name = "context",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct stream_settings, source.context),
     .value = "NAME",
     .help = "Context of the kubeconfig; the current one otherwise."},
    {.name = "now",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct stream_settings, now),
     .value = "TIME",
     .hidden = true,
     .help = "The time at which ages are taken, RFC 3339, for tests."},
    {0},
};

const struct option *const stream_source_groups[] = {stream_source_options, NULL};

/* Where streams are, in the order in which they count. */
static const enum cluster_resource places[] = {CLUSTER_STREAMS, CLUSTER_OPENSHIFT_STREAMS};

/* One search for one stream. */
struct search {
    struct arena *arena;
    struct text_pool texts;
    struct str namespace;
    struct str name;
    struct stream_reading *ret; /* its stream: NULL until it is found */
    struct stream_names others;
    struct error refusal; /* of a group that is not for us to read; no text: there is none */
    struct error *err;
    bool failed;
};

void stream_source_add_name(struct stream_names *names, struct str name)
{
    if (names->count == STREAM_NAMES_MAX) {
        names->more = true;
        return;
    }
    names->items =
        arena_grow(names->arena, names->items, names->count, names->count + 1, sizeof(*names->items));
    names->items[names->count++] = arena_cstr(names->arena, name);
}

static void add_told(struct text *out, const struct stream_names *names)
{
    size_t told = names->count < STREAM_NAMES_TOLD ? names->count : STREAM_NAMES_TOLD;

    for (size_t i = 0; i < told; i++)
        text_addf(out, "%s%s", i > 0 ? ", " : "", names->items[i]);
    if (names->more || names->count > told)
        text_add_c(out, ", ...");
}

int stream_source_missing(const struct stream_names *names, struct str name, const char *what,
                          const struct error *err)
{
    struct suggestion suggestion;
    struct error message = *err;
    struct error hint;
    struct text told;

    suggestion_init(&suggestion, name);
    text_init(&told, names->arena, ERROR_TEXT_MAX);
    for (size_t i = 0; i < names->count; i++)
        suggestion_offer(&suggestion, names->items[i]);
    add_told(&told, names);
    if (suggestion.name && error_set(&message, err->code, STR_FMT ", did you mean \"%s\"?",
                                     STR_ARG(error_text(err)), suggestion.name) == 0)
        return EXIT_NO;
    if (names->count > 0 && error_set(&hint, err->code, "%s: " STR_FMT, what, STR_ARG(text_str(&told))) < 0)
        return options_complain(EXIT_NO, &message, hint.text);
    return options_complain(EXIT_NO, &message, NULL);
}

static int take(struct search *search, const struct value *value, const struct object_header *header)
{
    struct cluster_object object;

    if (object_decode(&search->texts, value, header, &object, search->err) < 0 ||
        stream_details_decode(search->arena, value, &search->ret->details, search->err) < 0)
        return error_prefix(search->err, "image stream \"" STR_FMT "/" STR_FMT "\"",
                            STR_ARG(search->namespace), STR_ARG(search->name));
    if (object.kind != OBJECT_IMAGE_STREAM)
        return error_set(search->err, ERROR_INVALID, "the API server answers with a \"" STR_FMT "\"",
                         STR_ARG(object.kind_name));
    search->ret->stream = object.as.stream;
    return 0;
}

static void on_object(void *ctx, const struct value *value, const struct object_header *header,
                      const struct cluster_object *object)
{
    struct search *search = ctx;

    if (object->kind != OBJECT_IMAGE_STREAM || !str_equal(object->namespace, search->namespace))
        return;
    if (!str_equal(object->name, search->name))
        stream_source_add_name(&search->others, object->name);
    else if (!search->failed && (!search->ret->stream || search->ret->stream->openshift))
        search->failed = take(search, value, header) < 0;
}

static int search_files(struct search *search, const struct option_list *paths)
{
    const struct object_files files = {
        .paths = paths->items, .path_count = paths->count, .ctx = search, .visit = on_object};
    struct snapshot *snapshot;

    if (object_files_load(&files, &snapshot, search->err) < 0)
        return -1;
    snapshot_release(snapshot);
    return search->failed ? -1 : 0;
}

static int take_json(struct search *search, struct str json)
{
    struct value *value;

    if (json_read(search->arena, json, &value, search->err) < 0)
        return error_prefix(search->err, "the API server's answer");
    return take(search, value, NULL);
}

/*
 * The first group that has it. An API server that knows one group alone says
 * 403 of the other to most people: so one refusal is remembered, and only where
 * both refuse it is the answer.
 */
static int read_groups(struct search *search, struct cluster_reader *reader)
{
    size_t refused = 0;
    struct str json;

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const struct kube_place place = {
            &cluster_tables_resources[places[i]].resource, search->namespace, search->name, {NULL, 0}};

        if (cluster_reader_get(reader, search->arena, &place, &json, search->err) == 0)
            return take_json(search, json);
        if (search->err->code == ERROR_FORBIDDEN && refused++ == 0)
            search->refusal = *search->err;
        else if (search->err->code != ERROR_NOT_FOUND && search->err->code != ERROR_FORBIDDEN)
            return -1;
    }
    *search->err = search->refusal;
    return refused == ARRAY_LEN(places) ? -1 : 0;
}

static void on_name(void *ctx, struct str name)
{
    stream_source_add_name(ctx, name);
}

/* For the message only: what cannot be listed is not told. */
static void list_others(struct search *search, struct cluster_reader *reader)
{
    struct error ignored;

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const struct kube_place place = {
            &cluster_tables_resources[places[i]].resource, search->namespace, {NULL, 0}, {NULL, 0}};

        (void)!cluster_reader_names(reader, &place, on_name, &search->others, &ignored);
    }
}

static int search_cluster(struct search *search, const struct kube_config *config)
{
    struct cluster_reader reader;
    int result;

    cluster_reader_open(&reader, config);
    result = read_groups(search, &reader);
    if (result == 0 && !search->ret->stream)
        list_others(search, &reader);
    cluster_reader_close(&reader);
    return result;
}

static struct str namespace_of(const struct stream_settings *settings, const struct kube_config *config)
{
    if (settings->namespace)
        return str_from_c(settings->namespace);
    return config->namespace.len > 0 ? config->namespace : STR("default");
}

static int fail(const struct error *err)
{
    if (err->code == ERROR_UNAVAILABLE || err->code == ERROR_TIMEOUT)
        return options_complain(EXIT_NOT_NOW, err, NULL);
    return options_complain(EXIT_USAGE, err,
                            err->code == ERROR_FORBIDDEN
                                ? "the ClusterRole \"view\", bound to you in the namespace, is enough"
                                : NULL);
}

static int say_missing(struct search *search)
{
    struct error err;
    struct error what;

    if (error_set(&err, ERROR_NOT_FOUND, "image stream \"" STR_FMT "/" STR_FMT "\" is not there",
                  STR_ARG(search->namespace), STR_ARG(search->name)) == 0 ||
        error_set(&what, ERROR_NOT_FOUND, "streams of namespace \"" STR_FMT "\"",
                  STR_ARG(search->namespace)) == 0)
        return EXIT_NO;
    if (search->refusal.code != ERROR_NONE)
        fprintf(stderr, "weir: warning: not looked for where you may not read: " STR_FMT "\n",
                STR_ARG(error_text(&search->refusal)));
    return stream_source_missing(&search->others, search->name, what.text, &err);
}

static int find_now(const struct stream_settings *settings, int64_t *ret, struct error *err)
{
    *ret = (int64_t)time(NULL);
    if (settings->now && !timestamp_parse(str_from_c(settings->now), ret))
        return error_set(err, ERROR_INVALID,
                         "flag \"--now\" takes a time like \"2024-05-01T10:00:00Z\", not \"%s\"",
                         settings->now);
    return 0;
}

int stream_source_read(struct arena *arena, const struct stream_settings *settings, struct str name,
                       struct stream_reading *ret)
{
    struct search *search = ARENA_NEW(arena, struct search);
    struct kube_config *config = ARENA_NEW(arena, struct kube_config);
    enum object_source source;
    struct error err;
    int result;

    *search =
        (struct search){.arena = arena, .name = name, .ret = ret, .others = {.arena = arena}, .err = &err};
    text_pool_init(&search->texts, arena);
    if (find_now(settings, &ret->subject.now, &err) < 0 ||
        cluster_source_find(&settings->source, &source, &err) < 0 ||
        (source != SOURCE_FILES && cluster_source_config(arena, &settings->source, config, &err) < 0))
        return options_complain(EXIT_USAGE, &err, NULL);
    search->namespace = namespace_of(settings, config);
    if (source == SOURCE_FILES)
        result = search_files(search, &settings->source.objects);
    else
        result = search_cluster(search, config);
    if (result < 0)
        return fail(&err);
    if (!ret->stream)
        return say_missing(search);
    tag_list_build(arena, ret->stream, &ret->details, &ret->tags);
    ret->subject.stream = ret->stream;
    ret->subject.details = &ret->details;
    ret->subject.tags = &ret->tags;
    return EXIT_DONE;
}

bool stream_source_wants(const struct stream_settings *settings, const char *output)
{
    return strcmp(settings->output, output) == 0;
}

int stream_source_print(const struct text *text)
{
    struct str rest = text_str(text);
    struct error err;

    if (text->too_long &&
        error_set(&err, ERROR_TOO_LARGE, "the stream has more to tell than %d bytes", DESCRIPTION_MAX) < 0)
        return options_complain(EXIT_USAGE, &err, NULL);
    while (rest.len > 0) {
        (void)printable_print(str_cut(&rest, '\n'), stdout);
        fputc('\n', stdout);
    }
    return EXIT_DONE;
}
