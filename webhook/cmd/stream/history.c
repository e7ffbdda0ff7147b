/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/stream/history.h"

#include "cmd/stream/stream_source.h"
#include "core/stream/description_json.h"

/* "mi-web:ultima" */
static int parse_subject(const char *const *arguments, size_t count, struct str *ret_stream,
                         struct str *ret_tag, struct error *err)
{
    struct str text = str_from_c(count > 0 ? arguments[0] : "");
    size_t colon = str_find(text, ':');

    *ret_stream = str_slice(text, 0, colon);
    *ret_tag = str_from(text, colon + 1);
    if (count > 1)
        return error_set(err, ERROR_INVALID, "one tag at a time: \"%s\" is one too many", arguments[1]);
    if (ret_stream->len == 0 || ret_tag->len == 0)
        return error_set(err, ERROR_INVALID, "expected STREAM:TAG, found \"" STR_FMT "\"", STR_ARG(text));
    return 0;
}

static int say_missing(struct arena *arena, const struct stream_reading *reading, struct str tag)
{
    struct stream_names names = {.arena = arena};
    struct error err;

    for (size_t i = 0; i < reading->tags.count; i++)
        stream_source_add_name(&names, reading->tags.items[i].name);
    if (error_set(&err, ERROR_NOT_FOUND,
                  "image stream \"" STR_FMT "/" STR_FMT "\" has no tag \"" STR_FMT "\"",
                  STR_ARG(reading->stream->namespace), STR_ARG(reading->stream->name), STR_ARG(tag)) == 0)
        return EXIT_NO;
    return stream_source_missing(&names, tag, "its tags", &err);
}

static int print(struct arena *arena, const struct stream_settings *settings,
                 const struct stream_reading *reading, const struct listed_tag *tag)
{
    struct text out;
    struct error err;

    text_init(&out, arena, DESCRIPTION_MAX);
    if (stream_source_wants(settings, "name"))
        description_history_names(&out, &reading->subject, tag);
    else if (stream_source_wants(settings, "text"))
        description_history_text(&out, &reading->subject, tag);
    else if (description_json_history(&out, &reading->subject, tag, &err) < 0)
        return options_complain(EXIT_USAGE, &err, NULL);
    if (out.len == 0)
        fprintf(stderr, "weir: nothing is recorded for tag \"" STR_FMT "\"\n", STR_ARG(tag->name));
    return stream_source_print(&out);
}

static int run_history(struct arena *arena, const void *settings, const char *const *arguments,
                       size_t argument_count)
{
    struct stream_reading *reading = ARENA_NEW(arena, struct stream_reading);
    const struct listed_tag *tag;
    struct error err;
    struct str name;
    struct str tag_name;
    int code;

    if (parse_subject(arguments, argument_count, &name, &tag_name, &err) < 0)
        return options_complain(EXIT_USAGE, &err, "weir history STREAM:TAG [-n NAMESPACE]");
    code = stream_source_read(arena, settings, name, reading);
    if (code != EXIT_DONE)
        return code;
    tag = tag_list_find(&reading->tags, tag_name);
    return tag ? print(arena, settings, reading, tag) : say_missing(arena, reading, tag_name);
}

const struct command history_command = {
    .name = "history",
    .arguments = "STREAM:TAG",
    .summary = "List the images that a tag of a stream had, newest first",
    .description =
        "Reads one image stream from the cluster, with your own rights, and lists the events of one "
        "of its tags: since when it had which image. The current one is marked with *.\n"
        "\n"
        "Exits with 1 where there is no such stream or tag.\n"
        "\n"
        "  kubectl weir history mi-web:ultima -n shop",
    .option_groups = stream_source_groups,
    .settings_size = sizeof(struct stream_settings),
    .run = run_history,
};
