/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_OUTBOUND_WEB_URL_H
#define WEIR_EDGE_OUTBOUND_WEB_URL_H

#include "base/arena.h"
#include "base/error.h"

/* An absolute http or https URL without user name, password and fragment. All texts are the arena's. */
struct web_url {
    const char *text; /* the whole, for libcurl */
    bool https;
    struct str host; /* lower case; IPv6 in brackets */
    int port;        /* 1 to 65535, the scheme's own where none is written */
};

enum { WEB_URL_MAX = 8192 };

/*
 * Parses `text`, relative to `base` unless that is NULL. ERROR_INVALID never
 * quotes the URL, which a peer chose.
 */
MUST_CHECK int web_url_parse(struct arena *arena, const struct web_url *base, struct str text,
                             struct web_url *ret, struct error *err);

/* Adds "name=value", escaped, to the query. */
MUST_CHECK int web_url_add_query(struct arena *arena, struct web_url *url, struct str name, struct str value,
                                 struct error *err);

/* Same scheme, host and port: where credentials may go along. */
bool web_url_same_origin(const struct web_url *a, const struct web_url *b);

/* "host" or "host:port" where the port is not the scheme's own. */
struct str web_url_authority(struct arena *arena, const struct web_url *url);

#endif
