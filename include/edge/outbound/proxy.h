/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_OUTBOUND_PROXY_H
#define WEIR_EDGE_OUTBOUND_PROXY_H

#include "edge/outbound/web_url.h"

/*
 * By which proxy a request goes: what the environment says, read as programs in
 * Go read it (golang.org/x/net/http/httpproxy), since one NO_PROXY serves all
 * that runs in a cluster, and libcurl reads it otherwise.
 *
 *     HTTPS_PROXY, https_proxy    of https URLs
 *     HTTP_PROXY, http_proxy      of http URLs
 *     ALL_PROXY, all_proxy        where the one above is not set (as libcurl has it)
 *     NO_PROXY, no_proxy          hosts that are asked directly, between commas
 *
 * Of two spellings the upper case one counts. Loopback is always asked directly.
 */

/* For http_exchange_request.proxy; empty: directly. The arena's. */
const char *proxy_for_url(struct arena *arena, const struct web_url *url);

/*
 * Whether `list`, a NO_PROXY, names the host (lower case, IPv6 in brackets) and port:
 *
 *     *                        every host
 *     r.example                it and what is below it
 *     .r.example, *.r.example  what is below it
 *     10.0.0.1, fd00::1        this address
 *     10.0.0.0/8, fd00::/8     these addresses; names are not resolved
 *     …:5000, [fd00::1]:5000   any but the last kind, at this port only
 */
bool proxy_is_bypassed(struct str list, struct str host, int port);

#endif
