/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_REFERENCE_H
#define WEIR_CMD_REFERENCE_H

#include "cmd/line/options.h"

/* weir reference: how image references parse and normalize. */
extern const struct command reference_command;

#endif
