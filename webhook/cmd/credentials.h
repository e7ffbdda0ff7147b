/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_CREDENTIALS_H
#define WEIR_CMD_CREDENTIALS_H

#include "cmd/line/options.h"

/* weir credentials: which entries of docker configs and pull secrets serve an image. */
extern const struct command credentials_command;

#endif
