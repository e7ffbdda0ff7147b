/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* fchown, mkstemp, realpath */
#include "cmd/line/file_replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

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

/* Permissions beyond the mode, and what people note about a file; not what is computed from its content. */
static bool is_kept(const char *attribute)
{
    struct str name = str_from_c(attribute);

    return str_starts(name, STR("user.")) || str_starts(name, STR("system.")) ||
           str_equal(name, STR("security.selinux"));
}

/* One that the new file may not have is left out, unless it says who may read and write. */
static int copy_attribute(int from, int to, const char *name)
{
    char *value;
    ssize_t size = fgetxattr(from, name, NULL, 0);
    int result = 0;

    if (size < 0)
        return 0;
    value = malloc((size_t)size + 1);
    if (!value)
        abort();
    size = fgetxattr(from, name, value, (size_t)size);
    if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) < 0)
        result = str_starts(str_from_c(name), STR("system.")) ? -1 : 0;
    free(value);
    return result;
}

static int copy_attributes(int from, int to)
{
    ssize_t size = flistxattr(from, NULL, 0);
    char *names;
    int result = 0;

    if (size <= 0)
        return 0;
    names = malloc((size_t)size);
    if (!names)
        abort();
    size = flistxattr(from, names, (size_t)size);
    for (const char *name = names; result == 0 && name < names + size; name += strlen(name) + 1) {
        if (is_kept(name))
            result = copy_attribute(from, to, name);
    }
    free(names);
    return result;
}

/*
 * As sed -i: owner and group as far as they may be given away, else the group;
 * then the mode, which giving away cuts; then the ACL, in place of one that the
 * folder's default gave the new file.
 */
static int copy_permissions(int from, int to)
{
    struct stat status;
    mode_t mode = 07777;

    if (fstat(from, &status) < 0)
        return -1;
    if (fchown(to, status.st_uid, status.st_gid) < 0) {
        mode = 0777; /* another's file never runs as its owner */
        (void)!fchown(to, (uid_t)-1, status.st_gid);
    }
    (void)fremovexattr(to, "system.posix_acl_access");
    return fchmod(to, status.st_mode & mode) < 0 ? -1 : copy_attributes(from, to);
}

static int fill(int from, int to, struct str text)
{
    int result = copy_permissions(from, to) < 0 || write_all(to, text) < 0 || fsync(to) < 0 ? -1 : 0;

    return close(to) < 0 ? -1 : result;
}

static int replace(struct arena *arena, const char *real, struct str text)
{
    char *temporary = arena_cstr(arena, arena_join(arena, str_from_c(real), STR(".XXXXXX")));
    int from = open(real, O_RDONLY | O_CLOEXEC);
    int to = from < 0 ? -1 : mkstemp(temporary);
    int result = to < 0 || fill(from, to, text) < 0 || rename(temporary, real) < 0 ? -1 : 0;
    int why = errno;

    if (to >= 0 && result < 0)
        unlink(temporary);
    if (from >= 0)
        close(from);
    errno = why;
    return result;
}

int file_replace(struct arena *arena, const char *path, struct str text, struct error *err)
{
    char *real = realpath(path, NULL);
    int result = real ? replace(arena, real, text) : -1;

    if (result < 0)
        result = error_set_errno(err, errno, "cannot write \"%s\"", path);
    free(real);
    return result;
}
