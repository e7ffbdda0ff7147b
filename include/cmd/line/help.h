/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_HELP_H
#define WEIR_CMD_LINE_HELP_H

#include "cmd/line/options.h"

/* What `weir --help` prints; `commands` ends with NULL. */
void help_print_commands(const struct command *const *commands, FILE *out);
/* What `weir COMMAND --help` prints. */
void help_print_command(const struct command *command, FILE *out);

#endif
