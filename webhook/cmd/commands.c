/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/commands.h"

#include "cmd/controller/controller.h"
#include "cmd/credentials.h"
#include "cmd/line/completion.h"
#include "cmd/line/suggestion.h"
#include "cmd/reference.h"
#include "cmd/resolve/resolve.h"
#include "cmd/review.h"
#include "cmd/webhook/webhook.h"

const struct command *const command_table[] = {
    &webhook_command,   &controller_command,  &review_command,     &resolve_command,
    &reference_command, &credentials_command, &completion_command, NULL,
};

const struct command *command_find(struct str name)
{
    for (const struct command *const *command = command_table; *command; command++) {
        if (str_equal(str_from_c((*command)->name), name))
            return *command;
    }
    return NULL;
}

const char *command_suggest(struct str name)
{
    struct suggestion suggestion;

    suggestion_init(&suggestion, name);
    for (const struct command *const *command = command_table; *command; command++)
        suggestion_offer(&suggestion, (*command)->name);
    return suggestion.name;
}
