/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/proxy.h"

#include "base/character.h"
#include "edge/outbound/network_address.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum { MAPPED_BITS = 96 }; /* in front of an IPv4 address within IPv6 */

/* IPv4 ones are kept as IPv6 maps them, so that the two spellings of one address are equal. */
struct address {
    unsigned char bytes[16];
};

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool parse_address(struct str s, struct address *ret, bool *ret_is_4)
{
    char text[INET6_ADDRSTRLEN + 1];

    if (s.len == 0 || s.len >= sizeof(text))
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    *ret_is_4 = inet_pton(AF_INET, text, ret->bytes + sizeof(mapped)) == 1;
    if (*ret_is_4)
        memcpy(ret->bytes, mapped, sizeof(mapped));
    return *ret_is_4 || inet_pton(AF_INET6, text, ret->bytes) == 1;
}

static bool is_mapped(const struct address *address)
{
    return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

static struct address masked(struct address address, int bits)
{
    for (int i = 0; i < 16; i++) {
        int of_byte = bits - 8 * i;

        address.bytes[i] &= (unsigned char)(of_byte >= 8 ? 0xff : of_byte <= 0 ? 0 : 0xff00 >> of_byte);
    }
    return address;
}

static bool is_same(const struct address *a, const struct address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* "10.0.0.0/8"; *ret_holds: `address`, NULL for a name, is in it. */
static bool is_network(struct str entry, const struct address *address, bool *ret_holds)
{
    struct str rest = entry;
    struct str base = str_cut(&rest, '/');
    struct address network;
    struct address masked_address;
    bool is_4;
    int64_t bits;

    if (!rest.ptr || !parse_address(base, &network, &is_4) ||
        !str_to_int64(rest, 0, is_4 ? 32 : 128, &bits) || !char_is_digit(rest.ptr[0]))
        return false;
    bits += is_4 ? MAPPED_BITS : 0;
    network = masked(network, (int)bits);
    *ret_holds = false;
    if (address && is_mapped(address) == is_mapped(&network)) {
        masked_address = masked(*address, (int)bits);
        *ret_holds = is_same(&masked_address, &network);
    }
    return true;
}

/* Splits "host:port" and "[host]:port"; false where there is no port, or more than one colon. */
static bool split_port(struct str entry, struct str *ret_host, struct str *ret_port)
{
    size_t colon = str_rfind(entry, ':');
    struct str host = str_slice(entry, 0, colon);

    if (colon == entry.len)
        return false;
    if (host.len > 1 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = str_slice(host, 1, host.len - 1);
    else if (str_find(host, ':') < host.len)
        return false;
    if (str_find(host, '[') < host.len || str_find(host, ']') < host.len)
        return false;
    *ret_host = host;
    *ret_port = str_from(entry, colon + 1);
    return true;
}

/* What a name's entry says: "r.example", ".r.example", "*.r.example". */
static bool names_host(struct str entry, struct str host)
{
    struct str end = str_starts(entry, STR("*.")) ? str_from(entry, 1) : entry;

    if (end.len == 0 || host.len < end.len || !str_equal_nocase(str_from(host, host.len - end.len), end))
        return false;
    return end.ptr[0] == '.' || host.len == end.len || host.ptr[host.len - end.len - 1] == '.';
}

struct target {
    struct str host;
    const struct address *address; /* NULL: the host is a name */
    int port;
};

static bool is_port(struct str text, int port)
{
    int64_t number;

    return text.len == 0 || (str_to_int64(text, 1, 65535, &number) && number == port);
}

static bool entry_names(struct str entry, const struct target *target)
{
    struct str host = entry;
    struct str port = {NULL, 0};
    struct address address;
    bool holds;
    bool is_4;

    if (str_equal(entry, STR("*")))
        return true;
    if (is_network(entry, target->address, &holds))
        return holds;
    (void)split_port(entry, &host, &port);
    if (!is_port(port, target->port))
        return false;
    if (parse_address(host, &address, &is_4))
        return target->address && is_same(&address, target->address);
    return !target->address && names_host(host, target->host);
}

bool proxy_is_bypassed(struct str list, struct str host, int port)
{
    struct target target = {.host = host, .port = port};
    struct address address;
    bool is_4;

    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = str_slice(host, 1, host.len - 1);
    if (parse_address(host, &address, &is_4))
        target.address = &address;
    while (list.ptr) {
        if (entry_names(str_trim(str_cut(&list, ',')), &target))
            return true;
    }
    return false;
}

/* The first that is set and not empty, of names that end with NULL. */
static const char *first_of(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);

        if (value && *value)
            return value;
    }
    return "";
}

const char *proxy_for_url(struct arena *arena, const struct web_url *url)
{
    static const char *const of_https[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", NULL};
    static const char *const of_http[] = {"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", NULL};
    static const char *const none_for[] = {"NO_PROXY", "no_proxy", NULL};

    if (network_address_scope_of_host(url->host) == ADDRESS_LOOPBACK ||
        proxy_is_bypassed(str_from_c(first_of(none_for)), url->host, url->port))
        return "";
    return arena_cstr(arena, str_from_c(first_of(url->https ? of_https : of_http)));
}
