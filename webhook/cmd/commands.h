/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_COMMANDS_H
#define WEIR_CMD_COMMANDS_H

#include "cmd/line/options.h"

/* The table of subcommands, in the order of `weir --help`; ends with NULL. */
extern const struct command *const commands_table[];

/* NULL where there is none of that name. */
const struct command *commands_find(struct str name);
/* The name a person may have meant; NULL where none is near. */
const char *commands_suggest(struct str name);

#endif
