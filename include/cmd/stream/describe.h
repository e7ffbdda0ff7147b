/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_STREAM_DESCRIBE_H
#define WEIR_CMD_STREAM_DESCRIBE_H

#include "cmd/line/options.h"

extern const struct command describe_command;

#endif
