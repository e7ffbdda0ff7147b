/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/access.h"

#include "test.h"

static const char *const insecure[] = {"plain.example:5000", "lab.example"};
static const struct registry_access access_rules = {.insecure_hosts = insecure, .insecure_host_count = 2};

TEST(addresses_have_a_scope_however_they_are_written)
{
    static const struct {
        const char *text;
        enum address_scope scope;
    } rows[] = {
        {"registry.example", ADDRESS_NONE},
        {"10.example", ADDRESS_NONE},
        {"1.2.3.4.5", ADDRESS_NONE},
        {"8.8.8.8", ADDRESS_PUBLIC},
        {"172.15.0.1", ADDRESS_PUBLIC},
        {"172.16.0.1", ADDRESS_PRIVATE},
        {"172.32.0.1", ADDRESS_PUBLIC},
        {"10.0.0.1", ADDRESS_PRIVATE},
        {"192.168.1.1", ADDRESS_PRIVATE},
        {"100.64.0.1", ADDRESS_PRIVATE},
        {"127.0.0.1", ADDRESS_LOOPBACK},
        {"127.255.0.1", ADDRESS_LOOPBACK},
        {"127.1", ADDRESS_LOOPBACK},
        {"2130706433", ADDRESS_LOOPBACK},
        {"0x7f000001", ADDRESS_LOOPBACK},
        {"0177.0.0.1", ADDRESS_LOOPBACK},
        {"0", ADDRESS_NEVER},
        {"0.0.0.0", ADDRESS_NEVER},
        {"169.254.169.254", ADDRESS_NEVER},
        {"0xa9fea9fe", ADDRESS_NEVER},
        {"169.254.43518", ADDRESS_NEVER},
        {"255.255.255.255", ADDRESS_NEVER},
        {"224.0.0.1", ADDRESS_NEVER},
        {"[::1]", ADDRESS_LOOPBACK},
        {"::1", ADDRESS_LOOPBACK},
        {"[::]", ADDRESS_NEVER},
        {"[fe80::1]", ADDRESS_NEVER},
        {"[fe80::1%25eth0]", ADDRESS_NEVER},
        {"[fd00::1]", ADDRESS_PRIVATE},
        {"[2001:db8::1]", ADDRESS_PUBLIC},
        {"[::ffff:10.0.0.1]", ADDRESS_PRIVATE},
        {"[::ffff:169.254.169.254]", ADDRESS_NEVER},
        {"[64:ff9b::7f00:1]", ADDRESS_LOOPBACK},
        {"[2002:a00:1::]", ADDRESS_PRIVATE},
        {"localhost", ADDRESS_LOOPBACK},
        {"Registry.LocalHost", ADDRESS_LOOPBACK},
        {"localhost.", ADDRESS_LOOPBACK},
        {"localhost.example", ADDRESS_NONE},
        {"notlocalhost", ADDRESS_NONE},
        {"127.0.0.1.", ADDRESS_LOOPBACK},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum address_scope scope = network_address_scope_of_host(str_from_c(rows[i].text));

        CHECK_ROW(scope == rows[i].scope, "%s: %d", rows[i].text, scope);
    }
}

TEST(registries_are_asked_where_and_how_they_are)
{
    static const struct {
        const char *domain;
        bool plain;
        const char *url; /* NULL: refused */
    } rows[] = {
        {"docker.io", false, "https://registry-1.docker.io/v2/"},
        {"Registry.Example", false, "https://Registry.Example/v2/"},
        {"registry.example:443", false, "https://registry.example:443/v2/"},
        {"registry.example:5000", false, "https://registry.example:5000/v2/"},
        {"localhost", false, "http://localhost/v2/"},
        {"localhost:5000", false, "http://localhost:5000/v2/"},
        {"127.0.0.1:5000", false, "http://127.0.0.1:5000/v2/"},
        {"[::1]:5000", false, "http://[::1]:5000/v2/"},
        {"10.0.0.1:5000", false, "https://10.0.0.1:5000/v2/"},
        {"plain.example:5000", false, "https://plain.example:5000/v2/"},
        {"plain.example:5000", true, "http://plain.example:5000/v2/"},
        {"plain.example", true, "https://plain.example/v2/"},
        {"lab.example:1234", true, "http://lab.example:1234/v2/"},
        {"registry.example", true, "https://registry.example/v2/"},
        {"registry.example:0", false, NULL},
        {"registry.example:65536", false, NULL},
        {"", false, NULL},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct registry_origin origin;
        struct error err;
        int failed = registry_access_find_origin(
            &arena, &access_rules,
            (struct registry_target){.domain = str_from_c(rows[i].domain), .plain_http = rows[i].plain},
            &origin, &err);

        CHECK_ROW((failed == 0) == (rows[i].url != NULL), "%s", rows[i].domain);
        if (failed == 0)
            CHECK_STR(str_from_c(origin.url.text), str_from_c(rows[i].url));
    }
    arena_release(&arena);
}

TEST(registries_may_not_send_us_anywhere)
{
    static const struct {
        const char *registry, *url;
        bool token, redirect;
    } rows[] = {
        {"r.example", "https://auth.example/token", true, true},
        {"r.example", "http://auth.example/token", false, false},
        {"r.example", "http://lab.example/token", false, true},
        {"r.example", "https://10.0.0.1/token", false, false},
        {"r.example", "https://127.0.0.1/token", false, false},
        {"r.example", "http://localhost:8080/", false, false},
        {"r.example", "https://[fd00::1]/", false, false},
        {"r.example", "https://169.254.169.254/", false, false},
        {"r.example", "https://8.8.8.8/", true, true},
        {"10.0.0.1:5000", "https://10.0.0.1:5000/token", true, true},
        {"10.0.0.1:5000", "https://10.0.0.2/token", true, true},
        {"10.0.0.1:5000", "https://localhost/token", false, false},
        {"10.0.0.1:5000", "https://169.254.169.254/", false, false},
        {"localhost:5000", "http://127.0.0.1:5001/token", true, true},
        {"localhost:5000", "https://10.0.0.1/", true, true},
        {"localhost:5000", "http://auth.example/token", false, false},
        {"localhost:5000", "http://169.254.169.254/", false, false},
        {"169.254.1.1:5000", "https://169.254.1.1:5000/token", true, true},
        {"169.254.1.1:5000", "https://169.254.169.254/token", false, false},
        {"169.254.1.1:5000", "https://10.0.0.1/token", false, false},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct registry_origin origin;
        struct web_url url;
        struct error err;

        CHECK(registry_access_find_origin(
                  &arena, &access_rules,
                  (struct registry_target){.domain = str_from_c(rows[i].registry), .plain_http = false},
                  &origin, &err) == 0);
        CHECK(web_url_parse(&arena, NULL, str_from_c(rows[i].url), &url, &err) == 0);
        CHECK_ROW((registry_access_check(&origin, &url, URL_FOR_TOKEN, &err) == 0) == rows[i].token,
                  "%s to %s", rows[i].registry, rows[i].url);
        CHECK_ROW((registry_access_check(&origin, &url, URL_FOR_REDIRECT, &err) == 0) == rows[i].redirect,
                  "%s to %s", rows[i].registry, rows[i].url);
    }
    arena_release(&arena);
}

TEST(what_may_be_asked_is_a_host_or_a_part_of_one)
{
    static const char *const globs[] = {"docker.io/library/*", "r.example", "*.corp.example",
                                        "p.example:5000/a"};
    static const struct registry_access rules = {.allowed = globs, .allowed_count = ARRAY_LEN(globs)};
    static const struct {
        const char *domain, *path;
        bool allowed;
    } rows[] = {
        {"docker.io", "library/odoo", true}, {"docker.io", "other/odoo", false},
        {"r.example", "any/thing", true},    {"r.example:5000", "any/thing", false},
        {"x.r.example", "any/thing", false}, {"deep.in.corp.example", "a/b", true},
        {"corp.example", "a", false},        {"p.example:5000", "a", true},
        {"p.example:5000", "a/b", false},    {"", "", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str domain = str_from_c(rows[i].domain);
        struct str path = str_from_c(rows[i].path);

        CHECK_ROW(registry_access_is_allowed(&rules, domain, path) == rows[i].allowed, "%s/%s",
                  rows[i].domain, rows[i].path);
        CHECK(registry_access_is_allowed(&access_rules, domain, path));
    }
}

TEST(hosts_are_insecure_by_their_own_names)
{
    static const char *const named[] = {"docker.io", "auth.example:443", "plain.example:5000", "Lab.Example"};
    static const struct registry_access rules = {.insecure_hosts = named,
                                                 .insecure_host_count = ARRAY_LEN(named)};
    static const struct {
        const char *registry, *url;
        bool insecure;
    } rows[] = {
        {"docker.io", "https://registry-1.docker.io/v2/", true},
        {"docker.io", "https://auth.docker.io/token", false},
        {"r.example", "https://registry-1.docker.io/v2/", true},
        {"r.example", "https://r.example/v2/", false},
        {"r.example", "https://auth.example/token", true},
        {"r.example", "https://auth.example:8443/token", false},
        {"auth.example:443", "https://auth.example/v2/", true},
        {"plain.example:5000", "https://plain.example:5000/v2/", true},
        {"plain.example:5000", "https://plain.example/token", false},
        {"r.example", "https://lab.example:1234/token", true},
        {"r.example", "https://sub.lab.example/token", false},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct registry_origin origin;
        struct web_url url;
        struct error err;

        CHECK(registry_access_find_origin(
                  &arena, &rules,
                  (struct registry_target){.domain = str_from_c(rows[i].registry), .plain_http = false},
                  &origin, &err) == 0);
        CHECK(web_url_parse(&arena, NULL, str_from_c(rows[i].url), &url, &err) == 0);
        CHECK_ROW(registry_access_is_insecure(&arena, &origin, &url) == rows[i].insecure, "%s to %s",
                  rows[i].registry, rows[i].url);
    }
    arena_release(&arena);
}

TEST(hints_name_the_directory_to_make)
{
    static const struct {
        const char *certs_dir, *registry, *url, *hint;
    } rows[] = {
        {"/certs", "docker.io", "https://registry-1.docker.io/v2/",
         "its authority belongs into \"/certs/docker.io\" as *.crt"},
        {"/certs", "docker.io", "https://auth.docker.io/token?a=b",
         "its authority belongs into \"/certs/auth.docker.io\" as *.crt"},
        {NULL, "docker.io", "https://auth.docker.io/token?a=b",
         "--registry-certs DIR takes its authority from DIR/auth.docker.io/*.crt"},
        {"/certs", "r.example:443", "https://r.example:443/v2/",
         "its authority belongs into \"/certs/r.example:443\" as *.crt"},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct registry_access access = {.certs_dir = rows[i].certs_dir};
        const struct registry_target target = {.domain = str_from_c(rows[i].registry)};
        struct registry_origin origin;
        struct web_url url;
        struct error err;

        CHECK(registry_access_find_origin(&arena, &access, target, &origin, &err) == 0);
        CHECK(web_url_parse(&arena, NULL, str_from_c(rows[i].url), &url, &err) == 0);
        CHECK_STR(registry_access_trust_hint(&arena, &origin, &url), str_from_c(rows[i].hint));
    }
    arena_release(&arena);
}

TEST(connections_reach_no_further_than_the_registry_itself)
{
    static const struct {
        const char *registry, *url;
        enum address_scope reach;
    } rows[] = {
        {"r.example", "https://r.example/v2/", ADDRESS_NEVER},
        {"r.example", "https://r.example:8443/", ADDRESS_PUBLIC},
        {"r.example", "https://auth.example/", ADDRESS_PUBLIC},
        {"10.0.0.1", "https://auth.example/", ADDRESS_PRIVATE},
        {"localhost:5000", "http://localhost:5001/", ADDRESS_LOOPBACK},
        {"169.254.1.1", "https://auth.example/", ADDRESS_PUBLIC},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct registry_origin origin;
        struct web_url url;
        struct error err;

        CHECK(registry_access_find_origin(
                  &arena, &access_rules,
                  (struct registry_target){.domain = str_from_c(rows[i].registry), .plain_http = false},
                  &origin, &err) == 0);
        CHECK(web_url_parse(&arena, NULL, str_from_c(rows[i].url), &url, &err) == 0);
        CHECK_ROW(registry_access_reach(&origin, &url) == rows[i].reach, "%s to %s", rows[i].registry,
                  rows[i].url);
    }
    arena_release(&arena);
}

TEST(web_addresses_that_mean_harm_are_refused)
{
    static const char *const bad[] = {
        "",
        "file:///etc/passwd",
        "ftp://r.example/",
        "gopher://r.example/",
        "https://",
        "https://user:password@r.example/",
        "https://r.example:0/",
        "https://r.example:65536/",
        "https://r.example/a b",
        "https://r.example/\r\nX-Injected: 1",
        "https://../v2/",
        "https://r..example/",
        "https://r.example%2f..%2f/",
        "https://%32130706433/",
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct web_url url;
        struct error err;

        CHECK_ROW(web_url_parse(&arena, NULL, str_from_c(bad[i]), &url, &err) < 0, "%s", bad[i]);
    }
    arena_release(&arena);
}

TEST(relative_addresses_are_resolved)
{
    struct arena arena;
    struct web_url base;
    struct web_url url;
    struct error err;

    arena_init(&arena);
    CHECK(web_url_parse(&arena, NULL, STR("HTTPS://R.Example/v2/a/manifests/1"), &base, &err) == 0);
    CHECK_STR(base.host, STR("r.example"));
    CHECK(base.https && base.port == 443);
    CHECK(web_url_parse(&arena, &base, STR("/x?y=1#z"), &url, &err) == 0);
    CHECK(web_url_same_origin(&base, &url) && str_ends(str_from_c(url.text), STR("/x?y=1")));
    CHECK(web_url_parse(&arena, &base, STR("//s.example:444/x"), &url, &err) == 0);
    CHECK(!web_url_same_origin(&base, &url));
    CHECK_STR(web_url_authority(&arena, &url), STR("s.example:444"));
    CHECK(web_url_parse(&arena, &base, STR("http://r.example:443/x"), &url, &err) == 0);
    CHECK(!web_url_same_origin(&base, &url)); /* another scheme */
    arena_release(&arena);
}

TEST_MAIN()
