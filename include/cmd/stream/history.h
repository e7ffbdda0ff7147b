/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_STREAM_HISTORY_H
#define WEIR_CMD_STREAM_HISTORY_H

#include "cmd/line/options.h"

extern const struct command history_command;

#endif
