/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "cmd/resolve/resolve.h"

#include "base/character.h"
#include "base/utf8.h"
#include "cmd/line/file_replace.h"
#include "cmd/line/input.h"
#include "cmd/resolve/diff_name.h"
#include "cmd/resolve/manifest_resolve.h"

#include <stdlib.h>
#include <string.h>

struct resolve_settings {
    struct common_settings common; /* first: the shared groups' offsets */
    const char *namespace;
    struct option_list files;
    bool check;
    bool strict;
    bool diff;
    bool in_place;
    bool offline;
    const char *resolutions;
    const char *now;
};

static const struct option resolve_options[] = {
    {.name = "file",
     .letter = 'f',
     .kind = OPTION_LIST,
     .offset = offsetof(struct resolve_settings, files),
     .value = "FILE",
     .help =
         "Manifests to pin, YAML or JSON; - is standard input. May be repeated. Default: the arguments, else "
         "standard input."},
    {.name = "namespace",
     .letter = 'n',
     .kind = OPTION_TEXT,
     .offset = offsetof(struct resolve_settings, namespace),
     .value = "NAMESPACE",
     .help = "Namespace of objects that name none. Default: with --kubeconfig or --context the context's, "
             "else default."},
    {.name = "offline",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct resolve_settings, offline),
     .help = "Ask no registry: only recorded digests and --resolutions are known."},
    {.name = "check",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct resolve_settings, check),
     .help = "Write nothing; name the images that would change on stderr, and exit with 1 if there are any."},
    {.name = "strict",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct resolve_settings, strict),
     .help = "Images that are passed over, of a kind without a row or with a variable, are refused."},
    {.name = "diff",
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct resolve_settings, diff),
     .help = "Print a unified diff instead of the manifests."},
    {.name = "in-place",
     .letter = 'i',
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct resolve_settings, in_place),
     .help = "Write the files themselves, each at once or not at all, instead of standard output."},
    {.name = "resolutions",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct resolve_settings, resolutions),
     .value = "FILE",
     .help =
         "What registries would answer, as with weir review; what is not in it is asked, unless --offline."},
    {.name = "now",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct resolve_settings, now),
     .value = "TIME",
     .hidden = true,
     .help = "The time at which ages are taken, RFC 3339, for tests."},
    {0},
};

/* The inputs of one run: all are resolved before anything is written. */
struct resolve_run {
    struct arena *arena;
    const struct resolve_settings *settings;
    const char *const *paths;
    size_t count;
    struct resolved_manifest *manifests; /* one for each path */
};

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* As kubectl: the flag's, else the context's. */
static struct str default_namespace(const struct resolve_run *run, const struct decide_session *session)
{
    if (run->settings->namespace)
        return str_from_c(run->settings->namespace);
    return session->kube.namespace.len > 0 ? session->kube.namespace : STR("default");
}

static int resolve_all(struct resolve_run *run, struct decide_session *session, struct error *err)
{
    struct manifest_input input = {.default_namespace = default_namespace(run, session)};

    for (size_t i = 0; i < run->count; i++) {
        input.name = input_name(run->paths[i]);
        if (input_read(run->arena, run->paths[i], MANIFEST_FILE_MAX, &input.text, err) < 0 ||
            manifest_resolve(run->arena, session, &input, &run->manifests[i], err) < 0)
            return -1;
    }
    return 0;
}

/* A denial is no; where all of them may pass later, it is not now. */
static int denial_code(const struct resolve_run *run)
{
    size_t refused = 0;
    size_t not_now = 0;
    size_t passed_over = 0;

    for (size_t i = 0; i < run->count; i++) {
        refused += run->manifests[i].refused_count;
        not_now += run->manifests[i].not_now_count;
        passed_over += run->manifests[i].unknown_count + run->manifests[i].variable_count;
    }
    if (refused > 0 || (run->settings->strict && passed_over > 0))
        return EXIT_NO;
    return not_now > 0 ? EXIT_NOT_NOW : EXIT_DONE;
}

static void print_text(struct str text)
{
    if (text.len > 0)
        fwrite(text.ptr, 1, text.len, stdout);
}

static struct str name_in_diff(const struct resolve_run *run, const char *path)
{
    char *directory;
    struct str name;

    if (is_stdin(path))
        return STR("stdin");
    directory = realpath(".", NULL);
    name = diff_name_of(run->arena, str_from_c(path), str_from_c(directory));
    free(directory);
    return name;
}

static void print_diff(const struct resolve_run *run, size_t index)
{
    const struct resolved_manifest *manifest = &run->manifests[index];
    struct str name = name_in_diff(run, run->paths[index]);
    struct text diff;

    text_init(&diff, run->arena, SIZE_MAX);
    text_edit_diff(&diff, name, manifest->before, manifest->edits, manifest->edit_count);
    print_text(text_str(&diff));
}

/* A line "---" that the file itself begins with. */
static bool begins_with_separator(struct str text)
{
    return str_starts(text, STR("---")) && (text.len == 3 || char_is_space(text.ptr[3]));
}

static bool begins_with_directive(struct str text)
{
    struct str rest = str_from(text, utf8_skip_marks(text, 0));

    while (rest.ptr) {
        struct str line = str_cut(&rest, '\n');
        struct str word = str_trim(line);

        if (word.len > 0 && word.ptr[0] != '#')
            return line.ptr[0] == '%';
    }
    return false;
}

/* Between two files that are printed one after another. Directives may follow "...", but not "---". */
static void print_separator(struct str before, struct str after)
{
    if (before.len > 0 && before.ptr[before.len - 1] != '\n')
        fputc('\n', stdout);
    if (begins_with_separator(after))
        return;
    fputs(begins_with_directive(after) ? "..." : "---", stdout);
    fputs(str_ends(before, STR("\r\n")) ? "\r\n" : "\n", stdout);
}

static void print_manifests(const struct resolve_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct str text = run->manifests[i].text;

        if (i > 0)
            print_separator(run->manifests[i - 1].text, text);
        print_text(text);
    }
}

static int write_files(const struct resolve_run *run, struct error *err)
{
    for (size_t i = 0; i < run->count; i++) {
        if (run->manifests[i].image_count > 0 &&
            file_replace(run->arena, run->paths[i], run->manifests[i].text, err) < 0)
            return -1;
    }
    return 0;
}

static int print_changes(const struct resolve_run *run)
{
    int code = EXIT_DONE;

    for (size_t i = 0; i < run->count; i++) {
        const struct resolved_manifest *manifest = &run->manifests[i];

        for (size_t j = 0; j < manifest->image_count; j++) {
            const struct resolved_image *image = &manifest->images[j];

            code = EXIT_NO;
            fprintf(stderr, "%s:%u:%u: " STR_FMT " -> " STR_FMT "\n", manifest->name, image->line,
                    image->column, STR_ARG(image->written), STR_ARG(image->stored));
        }
    }
    return code;
}

static int deliver(const struct resolve_run *run)
{
    const struct resolve_settings *settings = run->settings;
    struct error err;

    for (size_t i = 0; settings->diff && i < run->count; i++)
        print_diff(run, i);
    if (settings->check)
        return print_changes(run);
    if (settings->in_place && write_files(run, &err) < 0)
        return options_complain(EXIT_USAGE, &err, NULL);
    if (!settings->in_place && !settings->diff)
        print_manifests(run);
    return EXIT_DONE;
}

static int resolve(struct resolve_run *run)
{
    const struct resolve_settings *settings = run->settings;
    struct deciding_wishes wishes = {
        .online = !settings->offline,
        .resolutions = settings->resolutions,
        .now = settings->now,
        .images_only = true,
        .pin_everything = true,
    };
    struct decide_session session;
    struct error err;
    int code;

    if (decide_session_open(run->arena, &settings->common, &wishes, &session, &err) < 0)
        return options_complain(decide_session_exit_code(&err), &err, decide_session_hint(&err));
    if (resolve_all(run, &session, &err) < 0)
        code = options_complain(decide_session_exit_code(&err), &err, decide_session_hint(&err));
    else
        code = denial_code(run);
    if (code == EXIT_DONE)
        code = deliver(run);
    decide_session_close(&session);
    return code;
}

static int check_inputs(const struct resolve_run *run, struct error *err)
{
    size_t standard = 0;

    for (size_t i = 0; i < run->count; i++)
        standard += is_stdin(run->paths[i]);
    if (standard > 1)
        return error_set(err, ERROR_INVALID, "standard input can be read once, not %zu times", standard);
    if (standard > 0 && run->settings->in_place)
        return error_set(err, ERROR_INVALID, "standard input cannot be written with \"--in-place\"");
    if (run->settings->check && run->settings->in_place)
        return error_set(err, ERROR_INVALID, "\"--check\" writes nothing, \"--in-place\" does");
    return 0;
}

static int run_resolve(struct arena *arena, const void *settings, const char *const *arguments,
                       size_t argument_count)
{
    const struct resolve_settings *resolve_settings = settings;
    size_t file_count = resolve_settings->files.count;
    const char **paths = ARENA_ARRAY(arena, file_count + argument_count + 1, const char *);
    struct resolve_run run = {.arena = arena, .settings = resolve_settings, .paths = paths};
    struct error err;

    for (size_t i = 0; i < file_count; i++)
        paths[run.count++] = resolve_settings->files.items[i];
    for (size_t i = 0; i < argument_count; i++)
        paths[run.count++] = arguments[i];
    if (run.count == 0)
        paths[run.count++] = "-";
    run.manifests = ARENA_ARRAY(arena, run.count, struct resolved_manifest);
    if (check_inputs(&run, &err) < 0)
        return options_complain(EXIT_USAGE, &err, NULL);
    return resolve(&run);
}

static const struct option *const resolve_groups[] = {resolve_options, options_deciding, options_registry,
                                                      NULL};

const struct command resolve_command = {
    .name = "resolve",
    .arguments = "[FILE...|-]",
    .summary = "Pin the images of manifests",
    .description =
        "Reads Kubernetes manifests, decides each workload in them as the webhook would on its creation, and "
        "writes "
        "them with the images pinned. Only the image texts that change are rewritten, in their own quotes; "
        "all else, "
        "comments, order, anchors and line ends, stays byte for byte. Pull policies and annotations are not "
        "written.\n"
        "\n"
        "With --objects, the streams and policies among them decide, as in the cluster; with --kubeconfig or "
        "--context, those of a live cluster. Without, every image "
        "is to be "
        "pinned, and one that cannot be is a failure.\n"
        "\n"
        "Nothing is written unless everything can be. Exits with 1 if an image is refused, or with --check "
        "if one "
        "would change; with 3 if registries could not be asked now.\n"
        "\n"
        "  weir resolve deployment.yaml | kubectl apply -f -\n"
        "  weir resolve --objects cluster/ --offline --diff deployment.yaml",
    .option_groups = resolve_groups,
    .settings_size = sizeof(struct resolve_settings),
    .run = run_resolve,
};
