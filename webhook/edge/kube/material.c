/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/material.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void kube_file_init(struct kube_file *file, const struct kube_material *material)
{
    *file = (struct kube_file){.material = material};
}

static void forget(struct kube_file *file)
{
    if (file->bytes)
        OPENSSL_cleanse(file->bytes, file->len);
    free(file->bytes);
    file->bytes = NULL;
    file->len = 0;
}

void kube_file_release(struct kube_file *file)
{
    forget(file);
}

void kube_file_doubt(struct kube_file *file)
{
    file->identity = 0;
}

static int cannot(const char *what, const char *path, int number, struct error *err)
{
    return error_set_errno(err, number, "cannot %s \"%s\"", what, path);
}

/* Device, inode, size and times: what differs when the content does. */
static uint64_t identity_of(const struct stat *status)
{
    const uint64_t parts[] = {
        (uint64_t)status->st_dev,          (uint64_t)status->st_ino,
        (uint64_t)status->st_size,         (uint64_t)status->st_mtim.tv_sec,
        (uint64_t)status->st_mtim.tv_nsec, (uint64_t)status->st_ctim.tv_sec,
        (uint64_t)status->st_ctim.tv_nsec,
    };

    return str_hash((struct str){(const char *)parts, sizeof(parts)}, 0) | 1;
}

/* Into `bytes` of `max` + 1; the count. */
static int read_all(int fd, const char *path, char *bytes, size_t max, size_t *ret, struct error *err)
{
    size_t len = 0;
    ssize_t got = 1;

    while (got > 0 && len <= max) {
        got = read(fd, bytes + len, max + 1 - len);
        if (got < 0)
            return cannot("read", path, errno, err);
        len += (size_t)got;
    }
    if (len > max)
        return error_set(err, ERROR_TOO_LARGE, "\"%s\" is larger than %zu bytes", path, max);
    *ret = len;
    return 0;
}

/* *ret_bytes is from malloc(). */
static int load(const char *path, size_t max, char **ret_bytes, size_t *ret_len, uint64_t *ret_identity,
                struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    char *bytes;
    int failed;

    if (fd < 0)
        return cannot("open", path, errno, err);
    bytes = malloc(max + 1);
    if (!bytes)
        abort();
    if (fstat(fd, &status) != 0)
        failed = cannot("read", path, errno, err);
    else if (!S_ISREG(status.st_mode))
        failed = error_set(err, ERROR_INVALID, "\"%s\" is not a file", path);
    else
        failed = read_all(fd, path, bytes, max, ret_len, err);
    (void)close(fd);
    if (failed < 0) {
        free(bytes);
        return -1;
    }
    *ret_bytes = bytes;
    *ret_identity = identity_of(&status);
    return 0;
}

static int reload(struct kube_file *file, int64_t now_ms, struct error *err)
{
    char *bytes;
    uint64_t identity;
    size_t len;
    char *fit;

    if (load(file->material->path, KUBE_FILE_MAX, &bytes, &len, &identity, err) < 0)
        return -1;
    forget(file);
    fit = realloc(bytes, len + 1);
    file->bytes = fit ? fit : bytes;
    file->len = len;
    file->identity = identity;
    file->read_ms = now_ms;
    return 0;
}

static bool is_fresh(const struct kube_file *file, int64_t now_ms)
{
    struct stat status;

    return file->bytes && now_ms - file->read_ms < KUBE_FILE_MS && stat(file->material->path, &status) == 0 &&
           identity_of(&status) == file->identity;
}

int kube_file_get(struct kube_file *file, int64_t now_ms, struct str *ret, struct error *err)
{
    if (!file->material->path) {
        *ret = file->material->data;
        return 0;
    }
    /* A file that is being replaced, or is gone: what is known may still be good. */
    if (!is_fresh(file, now_ms) && reload(file, now_ms, err) < 0 && !file->bytes)
        return -1;
    *ret = (struct str){file->bytes, file->len};
    return 0;
}

int kube_file_read(struct arena *arena, const char *path, size_t max, struct str *ret, struct error *err)
{
    char *bytes;
    uint64_t identity;
    size_t len;

    if (load(path, max, &bytes, &len, &identity, err) < 0)
        return -1;
    *ret = arena_str(arena, (struct str){bytes, len});
    OPENSSL_cleanse(bytes, len);
    free(bytes);
    return 0;
}
