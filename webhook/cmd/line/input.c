/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/input.h"

#include "edge/system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

int input_read(struct arena *arena, const char *path, size_t limit, struct str *ret, struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct str text;
    int result;

    if (fd < 0)
        return error_set_errno(err, errno, "cannot open \"%s\"", input_name(path));
    result = file_read_open(fd, input_name(path), limit, &text, err);
    if (!standard)
        close(fd);
    if (result < 0)
        return -1;
    *ret = arena_str(arena, text);
    free((void *)(uintptr_t)text.ptr);
    return 0;
}
