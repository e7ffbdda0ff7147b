/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/material.h"

#include "edge/system/file.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/stat.h>

void kube_material_init(struct kube_material_file *file, const struct kube_material *material)
{
    *file = (struct kube_material_file){.material = material};
}

static void forget(struct kube_material_file *file)
{
    if (file->bytes)
        OPENSSL_cleanse(file->bytes, file->len);
    free(file->bytes);
    file->bytes = NULL;
    file->len = 0;
}

void kube_material_release(struct kube_material_file *file)
{
    forget(file);
}

void kube_material_doubt(struct kube_material_file *file)
{
    file->identity = 0;
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

/* Its identity is taken first: a file that changes while it is read is then read again. */
static int reload(struct kube_material_file *file, int64_t now_ms, struct error *err)
{
    struct stat status;
    struct str text;
    bool is_known = stat(file->material->path, &status) == 0;

    if (file_read(file->material->path, FILE_REGULAR, KUBE_FILE_MAX, &text, err) < 0)
        return -1;
    forget(file);
    file->bytes = (char *)(uintptr_t)text.ptr;
    file->len = text.len;
    file->identity = is_known ? identity_of(&status) : 0;
    file->read_ms = now_ms;
    return 0;
}

static bool is_fresh(const struct kube_material_file *file, int64_t now_ms)
{
    struct stat status;

    return file->bytes && now_ms - file->read_ms < KUBE_FILE_MS && stat(file->material->path, &status) == 0 &&
           identity_of(&status) == file->identity;
}

int kube_material_get(struct kube_material_file *file, int64_t now_ms, struct str *ret, struct error *err)
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
