/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_CONTROLLER_CONTROLLER_H
#define WEIR_CMD_CONTROLLER_CONTROLLER_H

#include "cmd/line/options.h"

/* `weir controller`: what one replica does for all of them. */
extern const struct command controller_command;

#endif
