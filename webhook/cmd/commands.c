/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/commands.h"

#include "base/text.h"
#include "cmd/controller/controller.h"
#include "cmd/credentials.h"
#include "cmd/line/completion.h"
#include "cmd/line/suggestion.h"
#include "cmd/reference.h"
#include "cmd/resolve/resolve.h"
#include "cmd/review.h"
#include "cmd/stream/describe.h"
#include "cmd/stream/history.h"
#include "cmd/webhook/webhook.h"

#include <string.h>

enum { SCRIPT_MAX = 256 << 10 };

static int print_completion(struct arena *arena, const void *settings, const char *const *arguments,
                            size_t argument_count)
{
    struct text script;
    struct error err;

    (void)settings;
    text_init(&script, arena, SCRIPT_MAX);
    if (argument_count == 1 && strcmp(arguments[0], "bash") == 0)
        completion_bash(&script, commands_table);
    else if (argument_count == 1 && strcmp(arguments[0], "zsh") == 0)
        completion_zsh(&script, commands_table);
    else if (error_set(&err, ERROR_INVALID, "name one shell: bash or zsh") < 0)
        return options_complain(EXIT_USAGE, &err, "source <(weir completion bash)");
    fwrite(script.ptr, 1, script.len, stdout);
    return EXIT_DONE;
}

static const struct command completion_command = {
    .name = "completion",
    .arguments = "bash|zsh",
    .summary = "Print a shell completion script",
    .description = "Prints the completion of bash or zsh, made from the same table as this help.\n"
                   "\n"
                   "  source <(weir completion bash)\n"
                   "  weir completion zsh > \"${fpath[1]}/_weir\"",
    .run = print_completion,
};

const struct command *const commands_table[] = {
    &webhook_command, &controller_command, &review_command,      &resolve_command,    &describe_command,
    &history_command, &reference_command,  &credentials_command, &completion_command, NULL,
};

const struct command *commands_find(struct str name)
{
    for (const struct command *const *command = commands_table; *command; command++) {
        if (str_equal(str_from_c((*command)->name), name))
            return *command;
    }
    return NULL;
}

const char *commands_suggest(struct str name)
{
    struct suggestion suggestion;

    suggestion_init(&suggestion, name);
    for (const struct command *const *command = commands_table; *command; command++)
        suggestion_offer(&suggestion, (*command)->name);
    return suggestion.name;
}
