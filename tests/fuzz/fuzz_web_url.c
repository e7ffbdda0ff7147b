/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what a registry sends us to: an address that passes is http or
 * https, without user and control bytes, parses to itself again, and none that
 * is checked for a public registry is private by the address written in it.
 */
#include "edge/registry/access.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void check_url(struct arena *arena, const struct web_url *url)
{
    struct str text = str_from_c(url->text);
    struct web_url again;
    struct error err;

    expect(str_starts(text, url->https ? STR("https://") : STR("http://")));
    expect(url->port > 0 && url->port < 65536 && url->host.len > 0);
    for (size_t i = 0; i < text.len; i++)
        expect(text.ptr[i] > ' ' && text.ptr[i] != 0x7f);
    expect(web_url_parse(arena, NULL, text, &again, &err) == 0);
    expect(web_url_same_origin(url, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct registry_access access = {.certs_dir = NULL};
    struct str text = {(const char *)data, size};
    struct registry_origin origin;
    struct arena arena;
    struct web_url url;
    struct error err;

    arena_init(&arena);
    expect(registry_access_find_origin(&arena, &access,
                                       (struct registry_target){.domain = STR("registry.example")}, &origin,
                                       &err) == 0);
    if (web_url_parse(&arena, &origin.url, text, &url, &err) == 0) {
        check_url(&arena, &url);
        if (registry_access_check(&origin, &url, URL_FOR_TOKEN, &err) == 0)
            expect(url.https && network_address_scope_of_host(url.host) <= ADDRESS_PUBLIC);
        if (web_url_add_query(&arena, &url, STR("scope"), text, &err) == 0)
            check_url(&arena, &url);
    }
    if (registry_access_find_origin(&arena, &access, (struct registry_target){.domain = text}, &origin,
                                    &err) == 0)
        check_url(&arena, &origin.url);
    arena_release(&arena);
    return 0;
}
