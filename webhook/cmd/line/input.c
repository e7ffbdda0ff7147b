/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/line/input.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { INPUT_CHUNK = 32 << 10 };

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static int read_all(int fd, const char *path, struct text *text, struct error *err)
{
    char chunk[INPUT_CHUNK];
    ssize_t got;

    for (;;) {
        got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "cannot read \"%s\"", input_name(path));
        if (got == 0)
            return 0;
        text_add(text, (struct str){chunk, (size_t)got});
        if (text->too_long)
            return error_set(err, ERROR_TOO_LARGE, "\"%s\" is larger than %zu bytes", input_name(path),
                             text->limit);
    }
}

int input_read(struct arena *arena, const char *path, size_t limit, struct str *ret, struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct text text;
    int result;

    if (fd < 0)
        return error_set_errno(err, errno, "cannot open \"%s\"", input_name(path));
    text_init(&text, arena, limit);
    result = read_all(fd, path, &text, err);
    if (!standard)
        close(fd);
    if (result == 0)
        *ret = text_str(&text);
    return result;
}
