/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_ACCEPTOR_H
#define WEIR_EDGE_SERVER_ACCEPTOR_H

#include <stddef.h>

/*
 * The thread that accepts connections and gives them away. Out of file
 * descriptors it rests a tenth of a second, instead of spinning on a socket
 * that stays readable; waiting connections keep their place in the backlog.
 */
struct acceptor;

enum { ACCEPTOR_LISTENERS_MAX = 4 };

/* On the acceptor's thread; owns `fd` (non-blocking, close-on-exec), from listener number `listener`. */
typedef void acceptor_take(void *ctx, int fd, size_t listener);

/* Takes ownership of the listening sockets, which do not block. */
struct acceptor *acceptor_start(const int *fds, size_t count, acceptor_take *take, void *ctx);
/* Closes the listening sockets; joins and frees. NULL is allowed. */
void acceptor_stop(struct acceptor *acceptor);

#endif
