/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_COMPLETION_H
#define WEIR_CMD_LINE_COMPLETION_H

#include "base/text.h"
#include "cmd/line/options.h"

/* Completion scripts, made from the flag tables. Commands in the order of their table; hidden flags are left
 * out. */
void completion_bash(struct text *out, const struct command *const *commands);
void completion_zsh(struct text *out, const struct command *const *commands);

#endif
