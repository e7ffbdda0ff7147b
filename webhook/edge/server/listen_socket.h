/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_LISTEN_SOCKET_H
#define WEIR_EDGE_SERVER_LISTEN_SOCKET_H

#include "base/error.h"

enum { LISTEN_ADDRESS_MAX = 80 };

/*
 * Opens a listening TCP socket, non-blocking, for "ADDR:PORT": an IPv4 or
 * bracketed IPv6 address, a host name, or nothing for every address of both
 * families. Port 0 takes a free one. `ret_address` is what was bound, as text.
 */
MUST_CHECK int listen_socket_open(const char *address, int *ret_fd, char ret_address[LISTEN_ADDRESS_MAX],
                                  struct error *err);

/*
 * An accepted connection: answers leave at once, a peer that is gone is noticed
 * in half a minute, and the kernel keeps little of what is not read.
 */
void listen_socket_tune(int fd);

#endif
