/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_RESOLVE_RESOLVE_H
#define WEIR_CMD_RESOLVE_RESOLVE_H

#include "cmd/line/options.h"

/* `weir resolve`: pins the images of manifests, byte for byte the rest stays. */
extern const struct command resolve_command;

#endif
