/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/access.h"

#include "base/glob.h"

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

bool registry_access_is_allowed(const struct registry_access *access, struct str domain, struct str path)
{
    bool found = access->allowed_count == 0;
    struct str whole;
    struct arena arena;

    arena_init(&arena);
    whole = arena_join(&arena, domain, STR("/"), path);
    for (size_t i = 0; i < access->allowed_count && !found; i++) {
        struct str glob = str_from_c(access->allowed[i]);

        found = glob_match(glob, domain) || glob_match(glob, whole);
    }
    arena_release(&arena);
    return found;
}

static int parse_base(struct arena *arena, struct str scheme, struct str authority, struct web_url *ret,
                      struct error *err)
{
    return web_url_parse(arena, NULL, arena_join(arena, scheme, authority, STR("/v2/")), ret, err);
}

int registry_access_find_origin(struct arena *arena, const struct registry_access *access,
                                struct registry_target target, struct registry_origin *ret, struct error *err)
{
    struct str domain = target.domain;
    struct registry_origin origin = {
        .access = access,
        .name = domain,
        .insecure = target.insecure || is_insecure(access, domain),
        .insecure_asked = target.insecure,
    };
    const struct http_certificates *certificates;
    struct str authority = str_equal(domain, HUB_NAME) ? HUB_HOST : domain;

    if (domain.len == 0)
        return error_set(err, ERROR_INVALID, "the reference names no registry");
    if (parse_base(arena, STR("https://"), authority, &origin.url, err) < 0)
        return error_set(err, ERROR_INVALID, "the reference names no registry that can be asked");
    origin.scope = network_address_scope_of_host(origin.url.host);
    if (certs_dir_find(arena, access->certs_dir, domain, &certificates, err) < 0)
        return -1;
    if ((origin.insecure && target.plain_http) ||
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

/* The name of a URL's host for people who set up certificates: as in the reference, where it is the
 * registry's. */
static struct str name_of(struct arena *arena, const struct registry_origin *origin,
                          const struct web_url *url)
{
    struct str authority = web_url_authority(arena, url);

    if (same_place(url, &origin->url))
        return origin->name;
    return str_equal(authority, HUB_HOST) ? HUB_NAME : authority;
}

/* "host:port", the scheme's own port too. */
static struct str place_of(struct arena *arena, const struct web_url *url)
{
    struct text text;

    text_init(&text, arena, url->host.len + 8);
    text_add(&text, url->host);
    text_add_char(&text, ':');
    text_add_int(&text, url->port);
    return text_str(&text);
}

bool registry_access_is_insecure(struct arena *arena, const struct registry_origin *origin,
                                 const struct web_url *url)
{
    return (origin->insecure_asked && same_place(url, &origin->url)) ||
           is_insecure(origin->access, name_of(arena, origin, url)) ||
           is_insecure(origin->access, place_of(arena, url));
}

static int check_plain(const struct registry_origin *origin, const struct web_url *url,
                       enum url_purpose purpose, struct error *err)
{
    char buffer[1024];
    struct arena arena;
    bool allowed;

    arena_init_buffer(&arena, buffer, sizeof(buffer));
    allowed = network_address_scope_of_host(url->host) == ADDRESS_LOOPBACK ||
              registry_access_is_insecure(&arena, origin, url);

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

int registry_access_check(const struct registry_origin *origin, const struct web_url *url,
                          enum url_purpose purpose, struct error *err)
{
    if (check_plain(origin, url, purpose, err) < 0)
        return -1;
    if (same_place(url, &origin->url) || network_address_scope_of_host(url->host) <= widest(origin))
        return 0;
    return error_set(err, ERROR_INVALID, "it sends us to a private or link-local address");
}

enum address_scope registry_access_reach(const struct registry_origin *origin, const struct web_url *url)
{
    return same_place(url, &origin->url) ? ADDRESS_NEVER : widest(origin);
}

int registry_access_certificates(struct arena *arena, const struct registry_origin *origin,
                                 const struct web_url *url, const struct http_certificates **ret,
                                 struct error *err)
{
    const char *certs_dir = origin->access->certs_dir;
    struct str name = name_of(arena, origin, url);
    struct str authority = web_url_authority(arena, url);

    *ret = NULL;
    if (!url->https)
        return 0;
    if (certs_dir_find(arena, certs_dir, name, ret, err) < 0)
        return -1;
    if (*ret || str_equal(name, authority))
        return 0;
    return certs_dir_find(arena, certs_dir, authority, ret, err);
}

struct str registry_access_trust_hint(struct arena *arena, const struct registry_origin *origin,
                                      const struct web_url *url)
{
    const char *certs_dir = origin->access->certs_dir;
    struct str name = name_of(arena, origin, url);

    if (!certs_dir)
        return arena_join(arena, STR("--registry-certs DIR takes its authority from DIR/"), name,
                          STR("/*.crt"));
    return arena_join(arena, STR("its authority belongs into \""), str_from_c(certs_dir), STR("/"), name,
                      STR("\" as *.crt"));
}
