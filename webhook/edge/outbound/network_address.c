/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outbound/network_address.h"

#include "base/character.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct range {
    uint32_t network;
    uint32_t mask;
    enum address_scope scope;
};

/* IANA special-purpose address registry. */
static const struct range ranges[] = {
    {0x7f000000, 0xff000000, ADDRESS_LOOPBACK}, /* 127/8 */
    {0x0a000000, 0xff000000, ADDRESS_PRIVATE},  /* 10/8 */
    {0xac100000, 0xfff00000, ADDRESS_PRIVATE},  /* 172.16/12 */
    {0xc0a80000, 0xffff0000, ADDRESS_PRIVATE},  /* 192.168/16 */
    {0x64400000, 0xffc00000, ADDRESS_PRIVATE},  /* 100.64/10 */
    {0xa9fe0000, 0xffff0000, ADDRESS_NEVER},    /* 169.254/16 */
    {0x00000000, 0xff000000, ADDRESS_NEVER},    /* 0/8 */
    {0xe0000000, 0xe0000000, ADDRESS_NEVER},    /* multicast, reserved, broadcast */
};

static enum address_scope scope_of_4(uint32_t address)
{
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        if ((address & ranges[i].mask) == ranges[i].network)
            return ranges[i].scope;
    }
    return ADDRESS_PUBLIC;
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static enum address_scope scope_of_6(const struct in6_addr *address)
{
    static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    const unsigned char *b = address->s6_addr;

    if (IN6_IS_ADDR_LOOPBACK(address))
        return ADDRESS_LOOPBACK;
    if (IN6_IS_ADDR_UNSPECIFIED(address) || IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_MULTICAST(address))
        return ADDRESS_NEVER;
    if (IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address) ||
        memcmp(b, nat64, sizeof(nat64)) == 0)
        return scope_of_4(big_endian(b + 12));
    if (b[0] == 0x20 && b[1] == 0x02) /* 6to4 */
        return scope_of_4(big_endian(b + 2));
    if ((b[0] & 0xfe) == 0xfc || IN6_IS_ADDR_SITELOCAL(address))
        return ADDRESS_PRIVATE;
    return ADDRESS_PUBLIC;
}

enum address_scope network_address_scope_of_socket(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, address, sizeof(v4));
        return scope_of_4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, address, sizeof(v6));
        return scope_of_6(&v6.sin6_addr);
    }
    return ADDRESS_NONE;
}

static bool is_digit_of(char c, uint32_t base, uint32_t *ret)
{
    int digit = char_hex_value(c);

    if (digit < 0)
        return false;
    *ret = (uint32_t)digit;
    return *ret < base;
}

/* One part of an old-style IPv4 address: decimal, 0octal or 0xhex. */
static bool old_part(struct str s, uint64_t *ret)
{
    uint32_t base = 10;
    uint64_t value = 0;

    if (s.len > 1 && s.ptr[0] == '0') {
        base = (s.ptr[1] | 0x20) == 'x' ? 16 : 8;
        s = str_from(s, base == 16 ? 2 : 1);
    }
    if (s.len == 0 && base != 16)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint32_t digit;

        if (!is_digit_of(s.ptr[i], base, &digit))
            return false;
        value = value * base + digit;
        if (value > UINT32_MAX)
            return false;
    }
    *ret = value;
    return true;
}

/* What inet_aton() and getaddrinfo() take: one to four parts, the last one fills the rest. */
static enum address_scope scope_of_old_form(struct str s)
{
    uint32_t address = 0;
    int parts = 0;

    if (str_ends(s, STR(".")))
        s = str_slice(s, 0, s.len - 1);
    while (s.ptr) {
        uint64_t part;
        bool last = str_find(s, '.') == s.len;

        if (!old_part(str_cut(&s, '.'), &part) || ++parts > 4)
            return ADDRESS_NONE;
        if (!last && part > 255)
            return ADDRESS_NONE;
        address |= (uint32_t)(last ? part : part << (8 * (4 - parts)));
    }
    return parts ? scope_of_4(address) : ADDRESS_NONE;
}

enum address_scope network_address_scope_of_text(struct str host)
{
    char text[INET6_ADDRSTRLEN + 1];
    struct in6_addr v6;

    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = str_slice(host, 1, host.len - 1);
    host = str_slice(host, 0, str_find(host, '%')); /* zone */
    if (host.len == 0 || host.len >= sizeof(text))
        return ADDRESS_NONE;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    if (inet_pton(AF_INET6, text, &v6) == 1)
        return scope_of_6(&v6);
    return scope_of_old_form(host);
}

enum address_scope network_address_scope_of_host(struct str host)
{
    struct str name = str_ends(host, STR(".")) ? str_slice(host, 0, host.len - 1) : host;
    struct str below = STR(".localhost");

    if (str_equal_nocase(name, STR("localhost")))
        return ADDRESS_LOOPBACK;
    if (name.len > below.len && str_equal_nocase(str_from(name, name.len - below.len), below))
        return ADDRESS_LOOPBACK;
    return network_address_scope_of_text(host);
}
