/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700
#include "cmd/line/file_replace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *path, struct error *err)
{
    return error_set_errno(err, errno, "cannot write \"%s\"", path);
}

static int write_all(int fd, struct str text)
{
    while (text.len > 0) {
        ssize_t done = write(fd, text.ptr, text.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        text = str_from(text, (size_t)done);
    }
    return 0;
}

static int fill(int fd, mode_t mode, struct str text)
{
    int result = fchmod(fd, mode & 07777) < 0 || write_all(fd, text) < 0 || fsync(fd) < 0 ? -1 : 0;

    return close(fd) < 0 ? -1 : result;
}

int file_replace(struct arena *arena, const char *path, struct str text, struct error *err)
{
    char *real = realpath(path, NULL);
    char *temporary;
    struct stat status;
    int result;
    int fd;

    if (!real)
        return failed(path, err);
    temporary = arena_cstr(arena, arena_join(arena, str_from_c(real), STR(".XXXXXX")));
    fd = stat(real, &status) < 0 ? -1 : mkstemp(temporary);
    result = fd < 0 ? failed(path, err) : 0;
    if (fd >= 0 && (fill(fd, status.st_mode, text) < 0 || rename(temporary, real) < 0)) {
        result = failed(path, err);
        unlink(temporary);
    }
    free(real);
    return result;
}
