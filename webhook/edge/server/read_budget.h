/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_SERVER_READ_BUDGET_H
#define WEIR_EDGE_SERVER_READ_BUDGET_H

#include "edge/metrics/counter.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * How much memory one loop lends to large requests of HTTP/1. h2o keeps a
 * request in one buffer, which doubles as it grows, until it is answered; a
 * flood of large ones would take more than the process may have. Beyond the
 * limit they wait unread, in the kernel's buffers, those of the youngest
 * connections first; one may always go on. Small requests never wait.
 *
 * One thread's. Not for HTTP/2, whose bodies h2o does not show while they grow.
 */
enum { READ_SMALL_MAX = 32 << 10 }; /* bytes of a buffer that does not count */

/* Whom a socket calls when there is something to read; only handed back. */
typedef void budget_read(void);

/* What is asked of a socket, and done with it: the server's. */
struct budget_socket {
    size_t (*size)(const void *socket); /* of its buffer, bytes */
    bool (*is_reading)(const void *socket);
    budget_read *(*stop)(void *socket); /* of one that is reading */
    void (*go_on)(void *socket, budget_read *read);
};

/* A connection's part; all members but `socket` are private. */
struct budget_reader {
    void *socket;
    struct read_budget *budget; /* NULL: none */
    struct budget_reader *older;
    struct budget_reader *younger;
    budget_read *held; /* not NULL: it waits */
};

struct read_budget {
    const struct budget_socket *socket;
    size_t limit;   /* bytes */
    counter *holds; /* how often one began to wait */
    struct budget_reader *oldest;
    struct budget_reader *youngest;
};

/* `reader` is zeroed but for its socket; to be removed before that is gone. */
void read_budget_add(struct read_budget *budget, struct budget_reader *reader);
/* It is read again, if it was not, and counts no more. One that was never added, or is removed: nothing. */
void read_budget_remove(struct budget_reader *reader);
/* Who may be read until the next time: after each turn of the loop. */
void read_budget_settle(struct read_budget *budget);

#endif
