/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/options.h"
#include "test.h"

#include <string.h>

struct trial {
    struct common_settings common;
    bool check;
    bool diff;
    const char *namespace;
    struct option_list files;
    int64_t threads;
    int64_t wait;
    const char *output;
    const char *certificate;
};

static const char *const outputs[] = {"text", "json", NULL};

static const struct option own_options[] = {
    {.name = "check",
     .letter = 'c',
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct trial, check),
     .help = "h"},
    {.name = "diff",
     .letter = 'd',
     .kind = OPTION_SWITCH,
     .offset = offsetof(struct trial, diff),
     .help = "h"},
    {.name = "namespace",
     .letter = 'n',
     .kind = OPTION_TEXT,
     .offset = offsetof(struct trial, namespace),
     .value = "NAME",
     .fallback = "default",
     .help = "h"},
    {.name = "file",
     .letter = 'f',
     .kind = OPTION_LIST,
     .offset = offsetof(struct trial, files),
     .value = "FILE",
     .help = "h"},
    {.name = "threads",
     .kind = OPTION_INT,
     .offset = offsetof(struct trial, threads),
     .value = "N",
     .fallback = "2",
     .min = 1,
     .max = 64,
     .help = "h"},
    {.name = "max-wait",
     .kind = OPTION_DURATION,
     .offset = offsetof(struct trial, wait),
     .value = "DURATION",
     .fallback = "1s",
     .min = 100,
     .max = 10000,
     .help = "h"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct trial, output),
     .value = "FORMAT",
     .choices = outputs,
     .fallback = "text",
     .help = "h"},
    {.name = "tls-cert",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct trial, certificate),
     .value = "FILE",
     .required = true,
     .help = "h"},
    {0},
};

static const struct option *const trial_groups[] = {own_options, options_deciding, options_registry, NULL};

static const struct command trial_command = {
    .name = "trial",
    .option_groups = trial_groups,
    .settings_size = sizeof(struct trial),
};

enum { ARGUMENTS_MAX = 16 };

struct outcome {
    struct arena arena;
    struct trial settings;
    struct option_list arguments;
    struct error err;
    int code;
};

/* Parses a command line given as one text, split at blanks. */
static void parse(struct outcome *outcome, const char *text)
{
    char *argv[ARGUMENTS_MAX];
    struct command_line line = {&trial_command, 0, argv};
    struct str rest = str_from_c(text);

    memset(outcome, 0, sizeof(*outcome));
    arena_init(&outcome->arena);
    while (rest.ptr && rest.len > 0 && line.count < ARGUMENTS_MAX)
        argv[line.count++] = arena_cstr(&outcome->arena, str_cut(&rest, ' '));
    outcome->code =
        options_parse(&outcome->arena, &line, &outcome->settings, &outcome->arguments, &outcome->err);
}

TEST(reads_every_way_to_write_a_value)
{
    static const char *const lines[] = {
        "--tls-cert c --namespace shop", "--tls-cert c --namespace=shop", "--tls-cert=c -n shop",
        "--tls-cert=c -nshop",           "--tls-cert=c -n=shop",          "--tls-cert=c -cdnshop",
        "-n first --tls-cert=c -n shop",
    };

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct outcome outcome;

        parse(&outcome, lines[i]);
        CHECK_ROW(outcome.code == 0, "%s: %s", lines[i], outcome.err.text);
        CHECK_ROW(outcome.code == 0 && strcmp(outcome.settings.namespace, "shop") == 0, "%s", lines[i]);
        CHECK_ROW(outcome.code == 0 && strcmp(outcome.settings.certificate, "c") == 0, "%s", lines[i]);
        arena_release(&outcome.arena);
    }
}

TEST(fills_in_defaults)
{
    struct outcome outcome;

    parse(&outcome, "--tls-cert c");
    CHECK(outcome.code == 0);
    CHECK(outcome.settings.threads == 2 && outcome.settings.wait == 1000);
    CHECK(outcome.settings.output == outputs[0]);
    CHECK(!outcome.settings.check && outcome.settings.files.count == 0);
    CHECK(outcome.settings.common.registry.connect_timeout == 3000);
    CHECK(outcome.settings.common.registry.lookup_timeout == 10000);
    CHECK(outcome.settings.common.registry.host_connections == 8);
    CHECK(outcome.settings.common.registry.host_rate == 100);
    arena_release(&outcome.arena);
}

TEST(keeps_arguments_in_order_wherever_they_stand)
{
    struct outcome outcome;

    parse(&outcome, "one --tls-cert c - -c two -- --check -n");
    CHECK(outcome.code == 0 && outcome.arguments.count == 5);
    CHECK(outcome.arguments.count == 5 && strcmp(outcome.arguments.items[0], "one") == 0);
    CHECK(outcome.arguments.count == 5 && strcmp(outcome.arguments.items[1], "-") == 0);
    CHECK(outcome.arguments.count == 5 && strcmp(outcome.arguments.items[3], "--check") == 0);
    CHECK(outcome.settings.check);
    arena_release(&outcome.arena);
}

TEST(collects_lists_and_shared_groups)
{
    struct outcome outcome;

    parse(&outcome, "--tls-cert c -f a --file b --file=c --objects d --objects e --always-pull-images");
    CHECK(outcome.code == 0 && outcome.settings.files.count == 3);
    CHECK(outcome.settings.files.count == 3 && strcmp(outcome.settings.files.items[2], "c") == 0);
    CHECK(outcome.settings.common.deciding.objects.count == 2);
    CHECK(outcome.settings.common.deciding.always_pull_images);
    arena_release(&outcome.arena);
}

TEST(takes_true_and_false_for_switches)
{
    struct outcome outcome;

    parse(&outcome, "--tls-cert c --check=true --diff=true --diff=false");
    CHECK(outcome.code == 0 && outcome.settings.check && !outcome.settings.diff);
    arena_release(&outcome.arena);
}

TEST(says_what_is_wrong_with_a_command_line)
{
    static const struct {
        const char *line;
        const char *want;
    } rows[] = {
        {"--tls-cert c --chekc", "unknown flag \"--chekc\", did you mean \"--check\"?"},
        {"--tls-cert c --name x", "unknown flag \"--name\", did you mean \"--namespace\"?"},
        {"--tls-cert c --zzzzzz", "unknown flag \"--zzzzzz\""},
        {"--tls-cert c -x", "unknown flag \"-x\""},
        {"--tls-cert c -cx", "unknown flag \"-x\""},
        {"--check", "flag \"--tls-cert FILE\" is required"},
        {"--tls-cert", "flag \"--tls-cert\" needs a value: FILE"},
        {"--tls-cert c -n", "flag \"--namespace\" needs a value: NAME"},
        {"--check=yes", "flag \"--check\" is a switch: it takes no value but \"true\" or \"false\""},
        {"--threads 0", "flag \"--threads\" takes a whole number from 1 to 64, not \"0\""},
        {"--threads 4k", "flag \"--threads\" takes a whole number from 1 to 64, not \"4k\""},
        {"--max-wait soon", "flag \"--max-wait\" takes a duration like \"1m30s\" or \"250ms\", not \"soon\""},
        {"--max-wait 1h", "flag \"--max-wait\" must be from 100ms to 10000ms, not \"1h\""},
        {"-o yaml", "flag \"--output\" is one of \"text\", \"json\", not \"yaml\""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct outcome outcome;

        parse(&outcome, rows[i].line);
        CHECK_ROW(outcome.code == -1 && outcome.err.code == ERROR_INVALID, "%s", rows[i].line);
        CHECK_ROW(strcmp(outcome.err.text, rows[i].want) == 0, "%s: %s", rows[i].line, outcome.err.text);
        arena_release(&outcome.arena);
    }
}

TEST_MAIN()
