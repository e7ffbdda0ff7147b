/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* pipe2 */
#include "edge/log/library_output.h"

#include "base/memory.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    GATHER_MS = 50, /* also what leaves an assertion's text in the pipe for on_abort() */
    CHUNK_MAX = 4096,
};

struct library_output {
    struct log *log;
    int reading;
    int real; /* the stderr that was */
    atomic_bool stopping;
    pthread_t thread;
    time_t second; /* of the lines counted; the thread only */
    int lines;
    int64_t suppressed;
};

/* For the signal handler, which has no argument: set before the handler is. */
static struct library_output *current;

/* Only what POSIX allows in a handler. */
static void on_abort(int signal_number)
{
    char chunk[CHUNK_MAX];
    ssize_t n;

    (void)signal_number;
    while ((n = read(current->reading, chunk, sizeof chunk)) > 0)
        if (write(current->real, chunk, (size_t)n) < 0)
            return;
}

static void log_text(struct library_output *output, struct str line)
{
    time_t now = time(NULL);

    if (str_is_blank(line))
        return;
    if (now != output->second) {
        if (output->suppressed > 0)
            log_warning(output->log, "library messages suppressed", LOG_INT("lines", output->suppressed));
        output->second = now;
        output->lines = 0;
        output->suppressed = 0;
    }
    if (++output->lines > LIBRARY_LINES_A_SECOND)
        output->suppressed++;
    else
        log_warning(output->log, "library message", LOG_STR("text", str_trim(line)));
}

/* Lines that two reads cut are two lines: it is for people. */
static void drain(struct library_output *output)
{
    char chunk[CHUNK_MAX];
    ssize_t n;

    while ((n = read(output->reading, chunk, sizeof chunk)) > 0) {
        struct str rest = {chunk, (size_t)n};
        while (rest.ptr)
            log_text(output, str_cut(&rest, '\n'));
    }
}

static void *run(void *arg)
{
    struct library_output *output = arg;
    struct pollfd polled = {.fd = output->reading, .events = POLLIN};

    while (!atomic_load(&output->stopping)) {
        if (poll(&polled, 1, -1) <= 0)
            continue;
        if (polled.revents & (POLLERR | POLLNVAL))
            break;
        poll(NULL, 0, GATHER_MS);
        drain(output);
        if (polled.revents & POLLHUP)
            break;
    }
    return NULL;
}

/* Sanitizers, where linked in, report to the real stderr. */
__attribute__((weak)) void __sanitizer_set_report_fd(void *fd);

static void report_to(int fd)
{
    if (__sanitizer_set_report_fd && fd >= 0)
        __sanitizer_set_report_fd((void *)(intptr_t)fd);
}

struct library_output *library_output_start(struct log *log)
{
    struct library_output *output = memory_zeroed(1, sizeof *output);
    struct sigaction action;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        abort();
    output->log = log;
    output->reading = ends[0];
    output->real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (dup2(ends[1], STDERR_FILENO) < 0)
        abort();
    close(ends[1]);
    report_to(output->real);
    current = output;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_abort;
    sigaction(SIGABRT, &action, NULL);
    if (pthread_create(&output->thread, NULL, run, output) != 0)
        abort();
    return output;
}

void library_output_stop(struct library_output *output)
{
    struct sigaction action;

    if (!output)
        return;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(SIGABRT, &action, NULL);
    atomic_store(&output->stopping, true);
    if (output->real < 0)
        close(STDERR_FILENO); /* the pipe's last writing end: ends the thread */
    else
        dup2(output->real, STDERR_FILENO);
    report_to(STDERR_FILENO);
    pthread_join(output->thread, NULL);
    current = NULL;
    close(output->reading);
    if (output->real >= 0)
        close(output->real);
    free(output);
}
