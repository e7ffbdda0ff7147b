/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/options.h"

#include "base/duration.h"
#include "cmd/line/suggestion.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define DECIDING(member) offsetof(struct common_settings, deciding.member)
#define REGISTRY(member) offsetof(struct registry_settings, member)

const struct option options_deciding[] = {
    {.name = "objects",
     .kind = OPTION_LIST,
     .offset = DECIDING(objects),
     .value = "PATH",
     .help = "File or directory with the cluster's objects: ImageStream, StreamPolicy, ClusterStreamPolicy, "
             "Namespace, ServiceAccount and Secret, as .yaml, .yml or .json, many documents a file. "
             "Directories are read with all that is below them. May be repeated."},
    {.name = "cluster",
     .kind = OPTION_SWITCH,
     .offset = DECIDING(cluster),
     .help =
         "Instead of --objects: the image streams, policies and namespaces of the cluster that this Pod is "
         "in, by its service account."},
    {.name = "kubeconfig",
     .kind = OPTION_TEXT,
     .offset = DECIDING(kubeconfig),
     .value = "FILE",
     .help = "Instead of --objects: those of the cluster that this kubeconfig names."},
    {.name = "context",
     .kind = OPTION_TEXT,
     .offset = DECIDING(context),
     .value = "NAME",
     .help =
         "Context of the kubeconfig; the current one otherwise. Without --kubeconfig that of $KUBECONFIG, "
         "or ~/.kube/config."},
    {.name = "plugin",
     .kind = OPTION_SWITCH,
     .offset = DECIDING(plugin),
     .hidden = true,
     .help = "Where no flag says from where the objects are: as with --context of the current context."},
    {.name = "registry-host",
     .kind = OPTION_LIST,
     .offset = DECIDING(registry_hosts),
     .value = "HOST",
     .help = "Name of the virtual registry: HOST/namespace/stream:tag is a stream reference and never a "
             "registry's. May be repeated."},
    {.name = "workload-paths",
     .kind = OPTION_TEXT,
     .offset = DECIDING(workload_paths),
     .value = "FILE",
     .help =
         "More kinds than the built-in ones: a list of rows, each with group, kind, and the JSON Pointers "
         "of its pod specs, container lists or images (see manifests/examples/workload-paths.yaml)."},
    {.name = "always-pull-images",
     .kind = OPTION_SWITCH,
     .offset = DECIDING(always_pull_images),
     .help =
         "The API server runs its AlwaysPullImages plugin: no rule sets another pull policy than Always."},
    {0},
};

const struct option options_registry[] = {
    {.name = "allow-registry",
     .kind = OPTION_LIST,
     .offset = REGISTRY(allowed),
     .value = "GLOB",
     .help = "host[:port], or host[:port]/path, that may be asked, with * for any run of characters; every "
             "registry where none is given. May be repeated."},
    {.name = "registry-certs",
     .kind = OPTION_TEXT,
     .offset = REGISTRY(certs_dir),
     .value = "DIR",
     .help =
         "Certificates for each registry as in certs.d: DIR/host[:port] holds *.crt (authorities), and "
         "*.cert with *.key (a client certificate). A token server of another name, as auth.docker.io, has "
         "a directory of its own."},
    {.name = "insecure-registry",
     .kind = OPTION_LIST,
     .offset = REGISTRY(insecure),
     .value = "HOST",
     .help = "host[:port] that may be asked over plain HTTP or TLS that does not verify. May be repeated."},
    {.name = "registry-connect-timeout",
     .kind = OPTION_DURATION,
     .offset = REGISTRY(connect_timeout),
     .value = "DURATION",
     .fallback = "3s",
     .min = 10,
     .max = 60 * 1000,
     .help = "How long connecting to a registry may take, TLS included."},
    {.name = "registry-timeout",
     .kind = OPTION_DURATION,
     .offset = REGISTRY(lookup_timeout),
     .value = "DURATION",
     .fallback = "10s",
     .min = 10,
     .max = 5 * 60 * 1000,
     .help = "How long one look-up of a tag may take, its tokens and redirects included."},
    {.name = "registry-connections",
     .kind = OPTION_INT,
     .offset = REGISTRY(host_connections),
     .value = "N",
     .fallback = "8",
     .min = 1,
     .max = 256,
     .help = "Requests to one registry host at the same time."},
    {.name = "registry-rate",
     .kind = OPTION_INT,
     .offset = REGISTRY(host_rate),
     .value = "N",
     .fallback = "100",
     .min = 1,
     .max = 100000,
     .help = "Requests to one registry host in a second."},
    {0},
};

/* Where the flags of one command line go. */
struct parser {
    struct arena *arena;
    const struct command *command;
    char *settings;
    int count;
    char *const *argv;
    int at; /* the argument that is looked at */
    struct option_list arguments;
};

static const struct option no_options[] = {{0}};
static const struct option *const no_groups[] = {no_options, NULL};

static const struct option *const *groups_of(const struct command *command)
{
    return command->option_groups ? command->option_groups : no_groups;
}

static const struct option *find_name(const struct command *command, struct str name)
{
    for (const struct option *const *group = groups_of(command); *group; group++) {
        for (const struct option *option = *group; option->name; option++) {
            if (str_equal(str_from_c(option->name), name))
                return option;
        }
    }
    return NULL;
}

static const struct option *find_letter(const struct command *command, char letter)
{
    for (const struct option *const *group = groups_of(command); *group; group++) {
        for (const struct option *option = *group; option->name; option++) {
            if (option->letter == letter && letter != 0)
                return option;
        }
    }
    return NULL;
}

static int unknown_flag(const struct command *command, struct str name, struct error *err)
{
    struct suggestion suggestion;

    suggestion_init(&suggestion, name);
    for (const struct option *const *group = groups_of(command); *group; group++) {
        for (const struct option *option = *group; option->name; option++) {
            if (!option->hidden)
                suggestion_offer(&suggestion, option->name);
        }
    }
    if (!suggestion.name)
        return error_set(err, ERROR_INVALID, "unknown flag \"--" STR_FMT "\"", STR_ARG(name));
    return error_set(err, ERROR_INVALID, "unknown flag \"--" STR_FMT "\", did you mean \"--%s\"?",
                     STR_ARG(name), suggestion.name);
}

static int set_switch(const struct option *option, bool *member, const char *value, struct error *err)
{
    if (!value || strcmp(value, "true") == 0)
        *member = true;
    else if (strcmp(value, "false") == 0)
        *member = false;
    else
        return error_set(err, ERROR_INVALID,
                         "flag \"--%s\" is a switch: it takes no value but \"true\" or \"false\"",
                         option->name);
    return 0;
}

static int set_int(const struct option *option, int64_t *member, const char *value, struct error *err)
{
    if (!str_to_int64(str_from_c(value), option->min, option->max, member))
        return error_set(err, ERROR_INVALID,
                         "flag \"--%s\" takes a whole number from %" PRId64 " to %" PRId64 ", not \"%s\"",
                         option->name, option->min, option->max, value);
    return 0;
}

static int set_duration(const struct option *option, int64_t *member, const char *value, struct error *err)
{
    int64_t ms;

    if (!duration_parse(str_from_c(value), &ms))
        return error_set(err, ERROR_INVALID,
                         "flag \"--%s\" takes a duration like \"1m30s\" or \"250ms\", not \"%s\"",
                         option->name, value);
    if (ms < option->min || ms > option->max)
        return error_set(err, ERROR_INVALID,
                         "flag \"--%s\" must be from %" PRId64 "ms to %" PRId64 "ms, not \"%s\"",
                         option->name, option->min, option->max, value);
    *member = ms;
    return 0;
}

static int set_choice(struct arena *arena, const struct option *option, const char **member,
                      const char *value, struct error *err)
{
    struct text names;

    text_init(&names, arena, ERROR_TEXT_MAX);
    for (const char *const *choice = option->choices; *choice; choice++) {
        if (strcmp(*choice, value) == 0) {
            *member = *choice;
            return 0;
        }
        text_addf(&names, "%s\"%s\"", names.len ? ", " : "", *choice);
    }
    return error_set(err, ERROR_INVALID, "flag \"--%s\" is one of " STR_FMT ", not \"%s\"", option->name,
                     STR_ARG(text_str(&names)), value);
}

static void add_to_list(struct arena *arena, struct option_list *list, const char *value)
{
    list->items = arena_grow(arena, list->items, list->count, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = value;
}

/* `value` NULL is a switch without one. */
static int set_option(struct arena *arena, char *settings, const struct option *option, const char *value,
                      struct error *err)
{
    void *member = settings + option->offset;

    switch (option->kind) {
    case OPTION_SWITCH:
        return set_switch(option, member, value, err);
    case OPTION_TEXT:
        *(const char **)member = value;
        return 0;
    case OPTION_LIST:
        add_to_list(arena, member, value);
        return 0;
    case OPTION_INT:
        return set_int(option, member, value, err);
    case OPTION_DURATION:
        return set_duration(option, member, value, err);
    case OPTION_CHOICE:
        return set_choice(arena, option, member, value, err);
    }
    return 0;
}

/* The value that stands in the next argument. */
static int take_value(struct parser *parser, const struct option *option, const char **ret, struct error *err)
{
    if (parser->at + 1 >= parser->count)
        return error_set(err, ERROR_INVALID, "flag \"--%s\" needs a value: %s", option->name, option->value);
    *ret = parser->argv[++parser->at];
    return 0;
}

static int parse_name(struct parser *parser, struct error *err)
{
    struct str rest = str_from_c(parser->argv[parser->at] + 2);
    struct str name = str_cut(&rest, '=');
    const char *value = rest.ptr; /* to the end of the argument, which ends with NUL */
    const struct option *option = find_name(parser->command, name);

    if (!option)
        return unknown_flag(parser->command, name, err);
    if (option->kind != OPTION_SWITCH && !value && take_value(parser, option, &value, err) < 0)
        return -1;
    return set_option(parser->arena, parser->settings, option, value, err);
}

/* "-n VALUE", "-nVALUE", "-n=VALUE", and switches one after another. */
static int parse_letters(struct parser *parser, struct error *err)
{
    for (const char *at = parser->argv[parser->at] + 1; *at; at++) {
        const struct option *option = find_letter(parser->command, *at);
        const char *value = at[1] == '=' ? at + 2 : at + 1;

        if (!option)
            return error_set(err, ERROR_INVALID, "unknown flag \"-%c\"", *at);
        if (option->kind == OPTION_SWITCH) {
            if (set_option(parser->arena, parser->settings, option, NULL, err) < 0)
                return -1;
            continue;
        }
        if (at[1] == 0 && take_value(parser, option, &value, err) < 0)
            return -1;
        return set_option(parser->arena, parser->settings, option, value, err);
    }
    return 0;
}

static int apply_fallbacks(struct parser *parser, struct error *err)
{
    for (const struct option *const *group = groups_of(parser->command); *group; group++) {
        for (const struct option *option = *group; option->name; option++) {
            if (option->fallback &&
                set_option(parser->arena, parser->settings, option, option->fallback, err) < 0)
                return error_prefix(err, "default");
        }
    }
    return 0;
}

static bool is_missing(const char *settings, const struct option *option)
{
    const void *member = settings + option->offset;

    assert(!option->required || option->kind == OPTION_TEXT || option->kind == OPTION_LIST ||
           option->kind == OPTION_CHOICE);
    if (!option->required)
        return false;
    if (option->kind == OPTION_LIST)
        return ((const struct option_list *)member)->count == 0;
    return *(const char *const *)member == NULL;
}

static int check_required(const struct parser *parser, struct error *err)
{
    for (const struct option *const *group = groups_of(parser->command); *group; group++) {
        for (const struct option *option = *group; option->name; option++) {
            if (is_missing(parser->settings, option))
                return error_set(err, ERROR_INVALID, "flag \"--%s %s\" is required", option->name,
                                 option->value);
        }
    }
    return 0;
}

static int parse_argument(struct parser *parser, bool *only_arguments, struct error *err)
{
    const char *argument = parser->argv[parser->at];

    if (*only_arguments || argument[0] != '-' || argument[1] == 0) {
        parser->arguments.items[parser->arguments.count++] = argument;
        return 0;
    }
    if (argument[1] != '-')
        return parse_letters(parser, err);
    if (argument[2] != 0)
        return parse_name(parser, err);
    *only_arguments = true;
    return 0;
}

int options_parse(struct arena *arena, const struct command_line *line, void *settings,
                  struct option_list *ret_arguments, struct error *err)
{
    struct parser parser = {.arena = arena,
                            .command = line->command,
                            .settings = settings,
                            .count = line->count,
                            .argv = line->argv};
    bool only_arguments = false;

    parser.arguments.items = ARENA_ARRAY(arena, (size_t)line->count + 1, const char *);
    if (apply_fallbacks(&parser, err) < 0)
        return -1;
    for (; parser.at < line->count; parser.at++) {
        if (parse_argument(&parser, &only_arguments, err) < 0)
            return -1;
    }
    if (check_required(&parser, err) < 0)
        return -1;
    *ret_arguments = parser.arguments;
    return 0;
}

int options_complain(int code, const struct error *err, const char *hint)
{
    fprintf(stderr, "weir: " STR_FMT "\n", STR_ARG(error_text(err)));
    if (hint)
        fprintf(stderr, "hint: %s\n", hint);
    return code;
}
