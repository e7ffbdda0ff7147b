/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_WEBHOOK_WEBHOOK_H
#define WEIR_CMD_WEBHOOK_WEBHOOK_H

#include "cmd/line/options.h"

/* `weir webhook`: the TLS admission server. */
extern const struct command webhook_command;

#endif
