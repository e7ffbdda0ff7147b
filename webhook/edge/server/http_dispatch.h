/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_HTTP_DISPATCH_H
#define WEIR_EDGE_SERVER_HTTP_DISPATCH_H

#include "edge/server/http_handler.h"

#include <h2o.h>

/* All requests of the host go to `handler`, which is borrowed. Before loops have contexts of its
 * configuration. */
void http_dispatch_register(h2o_hostconf_t *host, const struct http_handler *handler);

#endif
