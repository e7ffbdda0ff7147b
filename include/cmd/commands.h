/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_COMMANDS_H
#define WEIR_CMD_COMMANDS_H

#include "cmd/line/options.h"

/* The table of subcommands, in the order of `weir --help`; ends with NULL. */
extern const struct command *const command_table[];

/* NULL where there is none of that name. */
const struct command *command_find(struct str name);
/* The name a person may have meant; NULL where none is near. */
const char *command_suggest(struct str name);

/* What `weir --help` prints. */
void commands_print_help(FILE *out);

#endif
