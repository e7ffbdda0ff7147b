/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* CLOCK_REALTIME_COARSE */
#include "edge/log/log.h"

#include "base/memory.h"
#include "edge/log/line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH_MS = 100,  /* lines are gathered this long before they are written */
    POLL_MS = 100,   /* how long one wait for a slow reader lasts */
    LAST_MS = 500,   /* for what is left at the end */
    CHUNK_MAX = 4096 /* PIPE_BUF: what a pipe that says it is writable takes at once */
};

struct log {
    int fd;
    bool torn; /* the last write stopped inside a line; the log's thread only */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    bool stopping;
    char *filling; /* where writers append */
    size_t filled;
    char *writing; /* the log's thread's */
    atomic_uint_fast64_t dropped;
};

/*
 * A pipe or terminal is shared with others who expect it to block: opening it
 * anew gives an own description. Where that cannot be, poll() before each
 * small write has to do.
 */
static int open_without_blocking(int fd)
{
    char path[40];
    int own;

    if (fd < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    own = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return own >= 0 ? own : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void count_lines(struct log *log, const char *bytes, size_t len)
{
    uint64_t lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += bytes[i] == '\n';
    atomic_fetch_add(&log->dropped, lines);
}

static bool is_stopping(struct log *log)
{
    pthread_mutex_lock(&log->mutex);
    bool stopping = log->stopping;
    pthread_mutex_unlock(&log->mutex);
    return stopping;
}

/* False where the file will take nothing more now: closed, full, or slow while ending. */
static bool wait_writable(struct log *log, int *left_ms)
{
    struct pollfd poll_fd = {.fd = log->fd, .events = POLLOUT};

    if (log->fd < 0)
        return false;
    for (;;) {
        int n = poll(&poll_fd, 1, POLL_MS);
        if (n > 0)
            return (poll_fd.revents & (POLLERR | POLLNVAL)) == 0;
        if (n < 0 && errno != EINTR)
            return false;
        if (is_stopping(log)) {
            *left_ms -= POLL_MS;
            if (*left_ms <= 0)
                return false;
        }
    }
}

static void write_out(struct log *log, const char *bytes, size_t len)
{
    int left_ms = LAST_MS;
    size_t done = 0;

    while (done < len) {
        if (!wait_writable(log, &left_ms))
            break;
        size_t chunk = len - done < CHUNK_MAX ? len - done : CHUNK_MAX;
        if (log->torn && write(log->fd, "\n", 1) == 1)
            log->torn = false;
        ssize_t n = write(log->fd, bytes + done, chunk);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (done < len) {
        log->torn = done > 0 && bytes[done - 1] != '\n';
        count_lines(log, bytes + done, len - done);
    }
}

static void gather(struct log *log)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += BATCH_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    while (!log->stopping && log->filled < LOG_BUFFER_SIZE / 2 &&
           pthread_cond_timedwait(&log->changed, &log->mutex, &until) == 0)
        ;
}

static void *run(void *arg)
{
    struct log *log = arg;

    pthread_mutex_lock(&log->mutex);
    for (;;) {
        while (log->filled == 0 && !log->stopping)
            pthread_cond_wait(&log->changed, &log->mutex);
        if (log->filled == 0)
            break;
        gather(log);
        char *full = log->filling;
        size_t len = log->filled;
        log->filling = log->writing;
        log->writing = full;
        log->filled = 0;
        pthread_mutex_unlock(&log->mutex);
        write_out(log, full, len);
        pthread_mutex_lock(&log->mutex);
    }
    pthread_mutex_unlock(&log->mutex);
    return NULL;
}

struct log *log_start(int fd)
{
    struct log *log = memory_zeroed(1, sizeof *log);

    log->fd = open_without_blocking(fd);
    log->filling = memory_bytes(LOG_BUFFER_SIZE);
    log->writing = memory_bytes(LOG_BUFFER_SIZE);
    pthread_mutex_init(&log->mutex, NULL);
    pthread_cond_init(&log->changed, NULL);
    if (pthread_create(&log->thread, NULL, run, log) != 0)
        abort();
    return log;
}

void log_finish(struct log *log)
{
    pthread_mutex_lock(&log->mutex);
    log->stopping = true;
    pthread_cond_signal(&log->changed);
    pthread_mutex_unlock(&log->mutex);
    pthread_join(log->thread, NULL);
}

void log_stop(struct log *log)
{
    if (!log)
        return;
    log_finish(log);
    if (log->fd >= 0)
        close(log->fd);
    pthread_cond_destroy(&log->changed);
    pthread_mutex_destroy(&log->mutex);
    free(log->filling);
    free(log->writing);
    free(log);
}

int64_t log_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void log_append(struct log *log, const struct log_line *line)
{
    bool fits;

    pthread_mutex_lock(&log->mutex);
    size_t before = log->filled;
    fits = line->len <= LOG_BUFFER_SIZE - before;
    if (fits) {
        memcpy(log->filling + before, line->bytes, line->len);
        log->filled = before + line->len;
    }
    /* Woken once a batch, and once more where it is half full. */
    bool wake = fits && (before == 0 || (before < LOG_BUFFER_SIZE / 2 && log->filled >= LOG_BUFFER_SIZE / 2));
    if (wake)
        pthread_cond_signal(&log->changed);
    pthread_mutex_unlock(&log->mutex);
    if (!fits)
        atomic_fetch_add(&log->dropped, 1);
}

void log_write(struct log *log, enum log_level level, const char *event, const struct log_field *fields,
               size_t count)
{
    struct log_line line;

    if (!log)
        return;
    log_line_begin(&line, log_now_ms(), level, str_from_c(event));
    log_line_add_fields(&line, fields, count);
    log_line_end(&line);
    log_append(log, &line);
}

uint64_t log_dropped(const struct log *log)
{
    return log ? atomic_load(&log->dropped) : 0;
}
