/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/stream/describe.h"

#include "cmd/stream/stream_source.h"
#include "core/stream/description_json.h"

static bool is_kind(struct str word)
{
    return str_equal(word, STR("is")) || str_equal(word, STR("imagestream")) ||
           str_equal(word, STR("imagestreams"));
}

/* "is/mi-web" */
static int parse_subject(const char *const *arguments, size_t count, struct str *ret, struct error *err)
{
    struct str name = str_from_c(count > 0 ? arguments[0] : "");
    struct str kind = str_slice(name, 0, str_find(name, '/'));

    *ret = str_from(name, kind.len + 1);
    if (count > 1)
        return error_set(err, ERROR_INVALID, "one stream at a time: \"%s\" is one too many", arguments[1]);
    if (!is_kind(kind) || ret->len == 0)
        return error_set(err, ERROR_INVALID, "expected is/NAME, found \"" STR_FMT "\"", STR_ARG(name));
    return 0;
}

static int print(struct arena *arena, const struct stream_settings *settings,
                 const struct stream_reading *reading)
{
    struct text out;
    struct error err;

    text_init(&out, arena, DESCRIPTION_MAX);
    if (stream_source_wants(settings, "name")) {
        text_addf(&out, "imagestream.%s/" STR_FMT "\n",
                  reading->stream->openshift ? "image.openshift.io" : "weir.dev",
                  STR_ARG(reading->stream->name));
    } else if (stream_source_wants(settings, "text")) {
        description_text(&out, &reading->subject);
    } else if (description_json_stream(&out, &reading->subject, &err) < 0) {
        return options_complain(EXIT_USAGE, &err, NULL);
    }
    return stream_source_print(&out);
}

static int run_describe(struct arena *arena, const void *settings, const char *const *arguments,
                        size_t argument_count)
{
    struct stream_reading *reading = ARENA_NEW(arena, struct stream_reading);
    struct error err;
    struct str name;
    int code;

    if (parse_subject(arguments, argument_count, &name, &err) < 0)
        return options_complain(EXIT_USAGE, &err, "weir describe is/NAME [-n NAMESPACE]");
    code = stream_source_read(arena, settings, name, reading);
    return code == EXIT_DONE ? print(arena, settings, reading) : code;
}

const struct command describe_command = {
    .name = "describe",
    .arguments = "is/NAME",
    .summary = "Describe an image stream: its tags, their history and failures",
    .description =
        "Reads one image stream from the cluster, with your own rights, and shows what it says: of each tag "
        "what it follows, what has failed and when it is checked again, and its history, newest first, the "
        "current event marked with *. Tags that only follow another one of the stream stand in parentheses "
        "behind it.\n"
        "\n"
        "Exits with 1 where there is no such stream.\n"
        "\n"
        "  kubectl weir describe is/mi-web -n shop",
    .option_groups = stream_source_groups,
    .settings_size = sizeof(struct stream_settings),
    .run = run_describe,
};
