/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* MADV_HUGEPAGE */
#include "edge/system/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FIRST_SIZE = 65536, /* of a buffer for what has no size yet */
    LARGE_PAGE = 2 << 20,
    LARGE_MIN = 2 * LARGE_PAGE,
    WAIT_FOR_EVER = -1,
};

/* One reading: of `fd`, up to `max` bytes, waiting `wait_ms` for each part. */
struct reading {
    int fd;
    const char *name;
    size_t max;
    int wait_ms;
    struct error *err;
};

static int fail(struct error *err, const char *what, const char *path)
{
    return error_set_errno(err, errno, "cannot %s \"%s\"", what, path);
}

/*
 * Megabytes go to large pages, where the system has them: a page fault for each
 * 4 KiB costs as much as half of their parsing.
 */
static char *allocate(size_t size)
{
    void *bytes = NULL;

    if (size < LARGE_MIN)
        bytes = memory_bytes(size);
    else if (posix_memalign(&bytes, LARGE_PAGE, size) == 0)
        (void)madvise(bytes, size, MADV_HUGEPAGE);
    return bytes;
}

/* True where reading again may give more. */
static bool wait_for_more(const struct reading *reading)
{
    struct pollfd ready = {.fd = reading->fd, .events = POLLIN};

    return errno == EINTR || (errno == EAGAIN && poll(&ready, 1, reading->wait_ms) > 0);
}

/* To the end; the file may grow meanwhile, up to the limit. `size`: what is likely enough. */
static int read_all(const struct reading *reading, size_t size, struct str *ret)
{
    char *bytes = allocate(size);
    size_t len = 0;

    for (;;) {
        ssize_t got = read(reading->fd, bytes + len, size - len);

        if (got < 0 && wait_for_more(reading))
            continue;
        if (got < 0) {
            free(bytes);
            return fail(reading->err, "read", reading->name);
        }
        if (got == 0) {
            *ret = (struct str){bytes, len};
            return 0;
        }
        len += (size_t)got;
        if (len > reading->max) {
            free(bytes);
            return error_set(reading->err, ERROR_TOO_LARGE, "\"%s\" has more than %zu bytes", reading->name,
                             reading->max);
        }
        if (len == size)
            bytes = memory_grow(bytes, size *= 2);
    }
}

static int check(const char *path, enum file_kind kind, size_t max, const struct stat *status,
                 struct error *err)
{
    if (!S_ISREG(status->st_mode) && !(kind == FILE_OR_PIPE && S_ISFIFO(status->st_mode)))
        return error_set(err, ERROR_INVALID, "\"%s\" is not a file", path);
    if (S_ISREG(status->st_mode) && (uint64_t)status->st_size > max)
        return error_set(err, ERROR_TOO_LARGE, "\"%s\" has %lld bytes, at most %zu are read", path,
                         (long long)status->st_size, max);
    return 0;
}

int file_read(const char *path, enum file_kind kind, size_t max, struct str *ret, struct error *err)
{
    struct reading reading = {.name = path, .max = max, .wait_ms = FILE_PIPE_WAIT_MS, .err = err};
    struct stat status;
    int failed;

    reading.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (reading.fd < 0)
        return fail(err, "open", path);
    failed = fstat(reading.fd, &status) < 0 ? fail(err, "read", path) : check(path, kind, max, &status, err);
    if (failed == 0)
        failed = read_all(&reading, status.st_size > 0 ? (size_t)status.st_size + 1 : FIRST_SIZE, ret);
    (void)close(reading.fd);
    return failed;
}

int file_read_open(int fd, const char *name, size_t max, struct str *ret, struct error *err)
{
    const struct reading reading = {.fd = fd, .name = name, .max = max, .wait_ms = WAIT_FOR_EVER, .err = err};
    struct stat status;
    bool sized = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
                 (uint64_t)status.st_size <= max;

    return read_all(&reading, sized ? (size_t)status.st_size + 1 : FIRST_SIZE, ret);
}

struct str file_read_small(const char *path, char *buffer, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t got = 1;

    if (fd < 0)
        return (struct str){NULL, 0};
    while (len < size && got > 0) {
        got = read(fd, buffer + len, size - len);
        if (got > 0)
            len += (size_t)got;
    }
    (void)close(fd);
    return (struct str){buffer, len};
}
