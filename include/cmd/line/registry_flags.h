/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_LINE_REGISTRY_FLAGS_H
#define WEIR_CMD_LINE_REGISTRY_FLAGS_H

#include "cmd/line/options.h"
#include "edge/registry/client.h"

/* What --registry-… and --insecure-registry say about a registry client; borrows the settings. */
struct registry_client_options registry_flags_client(const struct registry_settings *settings);

#endif
