/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_CREDENTIAL_FILES_H
#define WEIR_CMD_CREDENTIAL_FILES_H

#include "cmd/line/options.h"
#include "core/registry/credentials.h"

/* Docker configs as they lie in files, in the order in which they were added. */
struct credential_files {
    const struct docker_config **items;
    size_t count;
};

/*
 * Adds a docker config: a map with "auths", else the older map from registries
 * to entries. Messages name the file and never quote values.
 */
MUST_CHECK int credential_files_add_config(struct arena *arena, const char *path,
                                           struct credential_files *files, struct error *err);
/*
 * Adds the pull secrets (kubernetes.io/dockerconfigjson, kubernetes.io/dockercfg)
 * of a manifest, which may have many documents and lists. A secret of another
 * type and a file without any are ERROR_INVALID.
 */
MUST_CHECK int credential_files_add_secrets(struct arena *arena, const char *path,
                                            struct credential_files *files, struct error *err);

#endif
