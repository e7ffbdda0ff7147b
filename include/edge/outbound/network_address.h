/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_OUTBOUND_NETWORK_ADDRESS_H
#define WEIR_EDGE_OUTBOUND_NETWORK_ADDRESS_H

#include "base/str.h"

struct sockaddr;

enum address_scope {
    ADDRESS_NONE,     /* no address, a name */
    ADDRESS_PUBLIC,   /* anything else */
    ADDRESS_PRIVATE,  /* RFC 1918, shared 100.64/10, unique local fc00::/7 */
    ADDRESS_LOOPBACK, /* 127/8, ::1 */
    ADDRESS_NEVER,    /* link-local (cloud metadata), unspecified, multicast: no registry lives there */
};

/*
 * The scope of an IP literal, IPv6 with or without brackets; addresses of IPv4
 * inside IPv6 (mapped, compatible, NAT64, 6to4) count as the IPv4 one. Also
 * the old forms that resolvers take: "127.1", "0x7f000001", "2130706433".
 */
enum address_scope network_address_scope_of_text(struct str host);
enum address_scope network_address_scope_of_socket(const struct sockaddr *address);

/* The literal's scope, and ADDRESS_LOOPBACK for "localhost" and names below it; case ignored. */
enum address_scope network_address_scope_of_host(struct str host);

#endif
