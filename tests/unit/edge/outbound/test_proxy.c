/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/proxy.h"

#include "test.h"

#include <stdlib.h>

/* The expected values are what golang.org/x/net/http/httpproxy answers to the same. */
TEST(no_proxy_is_read_as_go_programs_read_it)
{
    static const struct {
        const char *list, *host;
        int port;
        bool bypassed;
    } rows[] = {
        {"", "r.example", 443, false},
        {",, ,", "r.example", 443, false},
        {"*", "r.example", 443, true},
        {" * ", "10.0.0.1", 443, true},
        {"a.example,*", "[fd00::1]", 443, true},
        {"*.example", "*", 443, false},
        {"r*", "r.example", 443, false},

        {"r.example", "r.example", 443, true},
        {"r.example", "r.example", 5000, true},
        {"r.example", "sub.r.example", 443, true},
        {"r.example", "other.example", 443, false},
        {"r.example", "bar.example", 443, false},
        {"r.example", "xr.example", 443, false},
        {"R.Example", "r.example", 443, true},
        {"r.example.", "r.example", 443, false},
        {"example", "r.example", 443, true},
        {".example", "r.example", 443, true},
        {".example", "example", 443, false},
        {".example", "rexample", 443, false},
        {"*.example", "r.example", 443, true},
        {"*.example", "a.b.example", 443, true},
        {"*.example", "example", 443, false},
        {"*.", "r.example", 443, false},
        {"a.example , r.example", "r.example", 443, true},
        {"\ta.example,\tr.example\t", "r.example", 443, true},
        {"a.example r.example", "r.example", 443, false},

        {"r.example:5000", "r.example", 5000, true},
        {"r.example:5000", "r.example", 443, false},
        {"r.example:443", "r.example", 443, true},
        {"r.example:", "r.example", 443, true},
        {".example:5000", "r.example", 5000, true},
        {"*.example:5000", "r.example", 5000, true},
        {"*.example:5000", "r.example", 443, false},
        {"*:5000", "r.example", 5000, false},
        {":5000", "r.example", 5000, false},
        {"r.example:https", "r.example", 443, false},

        {"10.0.0.1", "10.0.0.1", 443, true},
        {"10.0.0.1", "10.0.0.11", 443, false},
        {"10.0.0.1", "r.10.0.0.1", 443, false},
        {"0.0.1", "10.0.0.1", 443, false},
        {"10.0.0.1:5000", "10.0.0.1", 5000, true},
        {"10.0.0.1:5000", "10.0.0.1", 443, false},
        {"10.0.0.0/8", "10.255.0.1", 443, true},
        {"10.0.0.0/8", "11.0.0.1", 443, false},
        {"10.1.2.3/8", "10.255.0.1", 5000, true},
        {"192.168.0.0/23", "192.168.1.255", 443, true},
        {"192.168.0.0/23", "192.168.2.0", 443, false},
        {"10.0.0.1/32", "10.0.0.1", 443, true},
        {"0.0.0.0/0", "10.0.0.1", 443, true},
        {"0.0.0.0/0", "[fd00::1]", 443, false},
        {"10.0.0.0/33", "10.0.0.1", 443, false},
        {"10.0.0.0/-8", "10.0.0.1", 443, false},
        {"10.0.0.0/+8", "10.0.0.1", 443, false},
        {"10.0.0.0/", "10.0.0.1", 443, false},
        {"10.0.0.0/8:5000", "10.0.0.1", 5000, false},
        {"10.0.0.0/8", "r.example", 443, false},

        {"fd00::1", "[fd00::1]", 443, true},
        {"FD00:0::1", "[fd00::1]", 5000, true},
        {"[fd00::1]:5000", "[fd00::1]", 5000, true},
        {"[fd00::1]:5000", "[fd00::1]", 443, false},
        {"[fd00::1]", "[fd00::1]", 443, false},
        {"fd00::/8", "[fdff::1]", 443, true},
        {"fd00::/8", "[fe00::1]", 443, false},
        {"::/0", "[fd00::1]", 443, true},
        {"::/0", "10.0.0.1", 443, false},
        {"::ffff:10.0.0.1", "10.0.0.1", 443, true},
        {"10.0.0.0/8", "[::ffff:a00:1]", 443, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_ROW(proxy_is_bypassed(str_from_c(rows[i].list), str_from_c(rows[i].host), rows[i].port) ==
                      rows[i].bypassed,
                  "\"%s\" for %s:%d", rows[i].list, rows[i].host, rows[i].port);
}

static void check_proxy(const char *url_text, const char *want)
{
    struct arena arena;
    struct web_url url;
    struct error err;

    arena_init(&arena);
    CHECK(web_url_parse(&arena, NULL, str_from_c(url_text), &url, &err) == 0);
    CHECK_STR(str_from_c(proxy_for_url(&arena, &url)), str_from_c(want));
    arena_release(&arena);
}

TEST(each_scheme_has_its_proxy_and_loopback_none)
{
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy",
                                        "ALL_PROXY",   "all_proxy",   "NO_PROXY",   "no_proxy"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        (void)unsetenv(names[i]);
    check_proxy("https://r.example/", "");
    (void)setenv("all_proxy", "http://all:1", 1);
    check_proxy("https://r.example/", "http://all:1");
    check_proxy("http://r.example/", "http://all:1");
    (void)setenv("https_proxy", "http://lower:1", 1);
    check_proxy("https://r.example/", "http://lower:1");
    (void)setenv("HTTPS_PROXY", "", 1);
    check_proxy("https://r.example/", "http://lower:1");
    (void)setenv("HTTPS_PROXY", "http://upper:1", 1);
    (void)setenv("http_proxy", "plain:1", 1);
    check_proxy("https://r.example/", "http://upper:1");
    check_proxy("http://r.example/", "plain:1");
    check_proxy("https://127.0.0.1:5000/", "");
    check_proxy("https://[::1]/", "");
    check_proxy("https://r.localhost/", "");
    (void)setenv("no_proxy", "r.example", 1);
    check_proxy("https://r.example/", "");
    (void)setenv("NO_PROXY", "other.example:443", 1);
    check_proxy("https://r.example/", "http://upper:1");
    check_proxy("https://other.example/", "");
    check_proxy("https://other.example:5000/", "http://upper:1");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        (void)unsetenv(names[i]);
}

TEST_MAIN()
