/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_REGISTRY_ACCESS_H
#define WEIR_EDGE_REGISTRY_ACCESS_H

#include "edge/outbound/web_url.h"
#include "edge/registry/certs_dir.h"

/*
 * Where a registry is, and which addresses it may send us to.
 *
 * Scheme: https with the certificate verified, with three exceptions.
 *   - A loopback host (localhost, *.localhost, 127/8, ::1) without a directory
 *     of its own in certs_dir is asked by plain HTTP.
 *   - A named insecure host is asked by https with any certificate; where that
 *     gets no connection, by plain HTTP.
 *   - "docker.io" is a name, not a host: registry-1.docker.io is asked.
 *
 * A registry chooses its token server and its redirects, and the author of an
 * image reference chooses the registry. Hence: plain HTTP only to loopback or
 * insecure hosts, for tokens only where the registry is plain HTTP itself;
 * private and loopback addresses only where the registry has such an address
 * itself; link-local and unspecified ones never, but for the very same host
 * and port. Names are judged by what they resolve to, unless a proxy is asked
 * (edge/outbound/proxy.h): then that resolves them.
 */
struct registry_access {
    const char *const *allowed; /* globs; none: every one */
    size_t allowed_count;
    const char *certs_dir;             /* NULL: none */
    const char *const *insecure_hosts; /* host[:port]; without a port: every port */
    size_t insecure_host_count;
};

/* Which registry, and how it is asked. */
struct registry_target {
    struct str domain; /* as in the reference; borrowed */
    bool insecure;     /* as if its host were among the insecure ones, for this look-up */
    bool plain_http;   /* only of an insecure host: https gave no connection */
};

/* The registry of one look-up. */
struct registry_origin {
    const struct registry_access *access; /* borrowed; must outlive the origin */
    struct str name;                      /* as in the reference */
    struct web_url url;                   /* https://host[:port]/v2/ */
    bool insecure;
    bool insecure_asked;      /* by the target alone */
    enum address_scope scope; /* of the host as written, or as connected to */
};

/* Whether one of the globs is the whole domain, or the whole of domain and path. */
bool registry_access_is_allowed(const struct registry_access *access, struct str domain, struct str path);

/* ERROR_INVALID where the target's domain names no host that can be asked. */
MUST_CHECK int registry_access_find_origin(struct arena *arena, const struct registry_access *access,
                                           struct registry_target target, struct registry_origin *ret,
                                           struct error *err);

enum url_purpose { URL_FOR_TOKEN, URL_FOR_REDIRECT };

/* Whether the registry may send us to `url`. Never quotes it. */
MUST_CHECK int registry_access_check(const struct registry_origin *origin, const struct web_url *url,
                                     enum url_purpose purpose, struct error *err);

/* How far a connection for this registry's sake may reach, other than to the registry itself or a proxy. */
enum address_scope registry_access_reach(const struct registry_origin *origin, const struct web_url *url);

/*
 * Each host is judged by its own name, a token server or a redirect's target too: what is said of
 * the registry says nothing of them. The registry's own is as in the reference ("docker.io"), a
 * port that is the scheme's own may be written or not.
 */
bool registry_access_is_insecure(struct arena *arena, const struct registry_origin *origin,
                                 const struct web_url *url);

/* The directory of that name in certs_dir, else of the host that is asked (registry-1.docker.io). */
MUST_CHECK int registry_access_certificates(struct arena *arena, const struct registry_origin *origin,
                                            const struct web_url *url, const struct http_certificates **ret,
                                            struct error *err);

/* Where the authority of a host that is not trusted would be looked for: the end of a sentence. */
struct str registry_access_trust_hint(struct arena *arena, const struct registry_origin *origin,
                                      const struct web_url *url);

#endif
