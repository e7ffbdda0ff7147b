/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/access.h"

#define HUB_NAME STR("docker.io")
#define HUB_HOST STR("registry-1.docker.io")

/* Splits host[:port]; the brackets of IPv6 stay with the host. */
static struct str host_of(struct str authority)
{
    size_t colon = str_rfind(authority, ':');

    if (colon == authority.len || str_contains(str_from(authority, colon), STR("]")))
        return authority;
    return str_slice(authority, 0, colon);
}

static bool is_insecure(const struct registry_access *access, struct str authority)
{
    for (size_t i = 0; i < access->insecure_host_count; i++) {
        struct str entry = str_from_c(access->insecure_hosts[i]);

        if (str_equal_nocase(entry, authority) || str_equal_nocase(entry, host_of(authority)))
            return true;
    }
    return false;
}

bool registry_access_is_insecure(const struct registry_access *access, const struct web_url *url)
{
    char buffer[512];
    struct arena arena;

    arena_init_buffer(&arena, buffer, sizeof(buffer));
    return is_insecure(access, web_url_authority(&arena, url));
}

static int parse_base(struct arena *arena, struct str scheme, struct str authority, struct web_url *ret,
                      struct error *err)
{
    return web_url_parse(arena, NULL, arena_join(arena, scheme, authority, STR("/v2/")), ret, err);
}

/* What certs.d calls the host: docker.io's directory is the name's, not the API host's. */
static struct str certificate_name(struct str authority)
{
    return str_equal(authority, HUB_HOST) ? HUB_NAME : authority;
}

int registry_origin_find(struct arena *arena, const struct registry_access *access, struct str domain,
                         bool plain_http, struct registry_origin *ret, struct error *err)
{
    struct registry_origin origin = {.insecure = is_insecure(access, domain)};
    const struct http_certificates *certificates;
    struct str authority = str_equal(domain, HUB_NAME) ? HUB_HOST : domain;

    if (domain.len == 0)
        return error_set(err, ERROR_INVALID, "the reference names no registry");
    if (parse_base(arena, STR("https://"), authority, &origin.url, err) < 0)
        return error_set(err, ERROR_INVALID, "the reference names no registry that can be asked");
    origin.name = domain;
    origin.scope = address_scope_of_host(origin.url.host);
    if (certs_dir_find(arena, access->certs_dir, domain, &certificates, err) < 0)
        return -1;
    if ((origin.insecure && plain_http) ||
        (origin.scope == ADDRESS_LOOPBACK && !certificates && !origin.insecure)) {
        if (parse_base(arena, STR("http://"), authority, &origin.url, err) < 0)
            return -1;
    }
    *ret = origin;
    return 0;
}

static bool same_place(const struct web_url *a, const struct web_url *b)
{
    return a->port == b->port && str_equal(a->host, b->host);
}

static int check_plain(const struct registry_access *access, const struct registry_origin *origin,
                       const struct web_url *url, enum url_purpose purpose, struct error *err)
{
    bool allowed =
        address_scope_of_host(url->host) == ADDRESS_LOOPBACK || registry_access_is_insecure(access, url);

    if (url->https || web_url_same_origin(url, &origin->url))
        return 0;
    if (!allowed || (purpose == URL_FOR_TOKEN && origin->url.https))
        return error_set(err, ERROR_INVALID, "it sends us to an address that is not https");
    return 0;
}

/* What may be reached by address: nothing wider than where the registry itself is. */
static enum address_scope widest(const struct registry_origin *origin)
{
    return origin->scope == ADDRESS_PRIVATE || origin->scope == ADDRESS_LOOPBACK ? origin->scope
                                                                                 : ADDRESS_PUBLIC;
}

int registry_access_check(const struct registry_access *access, const struct registry_origin *origin,
                          const struct web_url *url, enum url_purpose purpose, struct error *err)
{
    if (check_plain(access, origin, url, purpose, err) < 0)
        return -1;
    if (same_place(url, &origin->url) || address_scope_of_host(url->host) <= widest(origin))
        return 0;
    return error_set(err, ERROR_INVALID, "it sends us to a private or link-local address");
}

enum address_scope registry_access_reach(const struct registry_origin *origin, const struct web_url *url)
{
    return same_place(url, &origin->url) ? ADDRESS_NEVER : widest(origin);
}

int registry_access_certificates(struct arena *arena, const struct registry_access *access,
                                 const struct web_url *url, const struct http_certificates **ret,
                                 struct error *err)
{
    *ret = NULL;
    if (!url->https)
        return 0;
    return certs_dir_find(arena, access->certs_dir, certificate_name(web_url_authority(arena, url)), ret,
                          err);
}
