/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* accept4, pipe2 */
#include "edge/server/acceptor.h"

#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REST_MS = 100, ACCEPTS_A_TURN = 64 };

struct acceptor {
    pthread_t thread;
    struct pollfd polled[ACCEPTOR_LISTENERS_MAX + 1]; /* the last one in use is the pipe's reading end */
    size_t count;
    int wake; /* the pipe's writing end: its closing ends the thread */
    acceptor_take *take;
    void *ctx;
};

static bool is_shortage(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

/* False where there is a shortage of something that time may mend. */
static bool accept_some(struct acceptor *acceptor, size_t listener)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(acceptor->polled[listener].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return !is_shortage(errno);
        acceptor->take(acceptor->ctx, fd, listener);
    }
    return true;
}

static void *run(void *arg)
{
    struct acceptor *acceptor = arg;
    struct pollfd *pipe_end = &acceptor->polled[acceptor->count];

    for (;;) {
        bool rest = false;
        if (poll(acceptor->polled, acceptor->count + 1, -1) < 0 && errno != EINTR)
            abort();
        if (pipe_end->revents)
            return NULL;
        for (size_t i = 0; i < acceptor->count; i++)
            if (acceptor->polled[i].revents && !accept_some(acceptor, i))
                rest = true;
        if (rest && poll(pipe_end, 1, REST_MS) > 0)
            return NULL;
    }
}

struct acceptor *acceptor_start(const int *fds, size_t count, acceptor_take *take, void *ctx)
{
    struct acceptor *acceptor = memory_zeroed(1, sizeof *acceptor);
    int ends[2];

    assert(count <= ACCEPTOR_LISTENERS_MAX);
    if (pipe2(ends, O_CLOEXEC) != 0)
        abort();
    for (size_t i = 0; i < count; i++)
        acceptor->polled[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    acceptor->polled[count] = (struct pollfd){.fd = ends[0], .events = POLLIN};
    acceptor->count = count;
    acceptor->wake = ends[1];
    acceptor->take = take;
    acceptor->ctx = ctx;
    if (pthread_create(&acceptor->thread, NULL, run, acceptor) != 0)
        abort();
    return acceptor;
}

void acceptor_stop(struct acceptor *acceptor)
{
    if (!acceptor)
        return;
    close(acceptor->wake);
    pthread_join(acceptor->thread, NULL);
    for (size_t i = 0; i <= acceptor->count; i++)
        close(acceptor->polled[i].fd);
    free(acceptor);
}
