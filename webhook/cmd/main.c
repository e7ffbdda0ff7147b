/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/commands.h"
#include "cmd/line/help.h"

#include <string.h>

static int unknown_command(const char *name)
{
    const char *suggestion = commands_suggest(str_from_c(name));
    struct error err;
    int code;

    if (suggestion)
        code =
            error_set(&err, ERROR_INVALID, "unknown command \"%s\", did you mean \"%s\"?", name, suggestion);
    else
        code = error_set(&err, ERROR_INVALID, "unknown command \"%s\"", name);
    return code < 0 ? options_complain(EXIT_USAGE, &err, "weir --help lists the commands") : EXIT_USAGE;
}

static int print_help(const char *name)
{
    const struct command *command = commands_find(str_from_c(name));

    if (!command)
        return unknown_command(name);
    help_print_command(command, stdout);
    return EXIT_DONE;
}

/* A flag that asks for help, before "--". As some flag's value it is help, too: that is what was meant. */
static bool wants_help(int count, char *const *argv)
{
    for (int i = 0; i < count && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

/* "kubectl weir review" runs "kubectl-weir review". */
static bool is_plugin(const char *program)
{
    const char *slash = strrchr(program, '/');

    return strcmp(slash ? slash + 1 : program, "kubectl-weir") == 0;
}

/* Has it a flag that says so? */
static bool takes_plugin(const struct command *command)
{
    for (size_t i = 0; command->option_groups && command->option_groups[i]; i++) {
        if (command->option_groups[i] == options_deciding)
            return true;
    }
    return false;
}

static char **plugin_arguments(struct arena *arena, int count, char *const *argv)
{
    static char flag[] = "--plugin";
    char **ret = ARENA_ARRAY(arena, (size_t)count + 1, char *);

    ret[0] = flag;
    if (count > 0)
        memcpy(ret + 1, argv, (size_t)count * sizeof(*argv));
    return ret;
}

static int run_in(struct arena *arena, const struct command_line *line)
{
    const struct command *command = line->command;
    void *settings = arena_array(arena, 1, command->settings_size + 1);
    struct option_list arguments;
    struct error err;
    char hint[64];

    if (options_parse(arena, line, settings, &arguments, &err) < 0) {
        snprintf(hint, sizeof(hint), "weir %s --help lists its flags", command->name);
        return options_complain(EXIT_USAGE, &err, hint);
    }
    return command->run(arena, settings, arguments.items, arguments.count);
}

static int run(const struct command *command, bool plugin, int count, char *const *argv)
{
    struct command_line line = {command, count, argv};
    struct arena arena;
    int code;

    if (wants_help(count, argv)) {
        help_print_command(command, stdout);
        return EXIT_DONE;
    }
    arena_init(&arena);
    if (plugin && takes_plugin(command)) {
        line.argv = plugin_arguments(&arena, count, argv);
        line.count = count + 1;
    }
    code = run_in(&arena, &line);
    arena_release(&arena);
    return code;
}

static int dispatch(int count, char *const *argv)
{
    const char *name = count > 1 ? argv[1] : NULL;
    const struct command *command = commands_find(str_from_c(name));

    if (!name) {
        help_print_commands(commands_table, stderr);
        return EXIT_USAGE;
    }
    if (command)
        return run(command, is_plugin(argv[0]), count - 2, argv + 2);
    if (strcmp(name, "help") == 0 && count > 2)
        return print_help(argv[2]);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        help_print_commands(commands_table, stdout);
        return EXIT_DONE;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("weir %s\n", WEIR_VERSION);
        return EXIT_DONE;
    }
    return unknown_command(name);
}

int main(int count, char **argv)
{
    int code = dispatch(count, argv);
    struct error err;

    /* an answer that did not arrive was not given */
    if ((fflush(stdout) != 0 || ferror(stdout)) &&
        error_set(&err, ERROR_UNAVAILABLE, "cannot write standard output") < 0)
        return options_complain(EXIT_NOT_NOW, &err, NULL);
    return code;
}
