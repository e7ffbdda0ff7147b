/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_COMPLETION_H
#define WEIR_CMD_LINE_COMPLETION_H

#include "base/text.h"
#include "cmd/line/options.h"

/* `weir completion bash|zsh`: prints a shell's completion script, made from the flag tables. */
extern const struct command completion_command;

/* The scripts, as text. Subcommands in the order of their table; hidden flags are left out. */
void completion_bash(struct text *out, const struct command *const *commands);
void completion_zsh(struct text *out, const struct command *const *commands);

#endif
