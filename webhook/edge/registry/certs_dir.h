/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_CERTS_DIR_H
#define WEIR_EDGE_REGISTRY_CERTS_DIR_H

#include "base/error.h"
#include "edge/outbound/http_exchange.h"

/*
 * Certificates of single registries in the layout that docker and podman share:
 * <dir>/<host[:port]>/, port as written in the image, with *.crt (authorities,
 * beside the system's) and one pair X.cert and X.key (client certificate).
 */
enum { CERTS_DIR_FILES_MAX = 64 };

/* *ret is NULL where there is no such directory. ERROR_INVALID: half a pair, too many files. */
MUST_CHECK int certs_dir_find(struct arena *arena, const char *dir, struct str host,
                              const struct http_certificates **ret, struct error *err);

#endif
