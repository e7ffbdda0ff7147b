/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_MATERIAL_H
#define WEIR_EDGE_KUBE_MATERIAL_H

#include "base/error.h"

/* PEM or a token: in a file, or here. Neither: there is none. */
struct kube_material {
    const char *path;
    struct str data;
};

/*
 * The content of a small file that others replace while we run: a token, a
 * certificate. Read again when the file is another one or has changed, and at
 * least each minute, as a kubelet's volume may say neither.
 */
enum {
    KUBE_FILE_MAX = 1 << 20,
    KUBE_FILE_MS = 60000, /* the content is at most this old */
};

/* The material as last read. */
struct kube_material_file {
    const struct kube_material *material;
    char *bytes; /* NULL: nothing was read yet */
    size_t len;
    int64_t read_ms;
    uint64_t identity; /* of what was read */
};

void kube_material_init(struct kube_material_file *file, const struct kube_material *material);
/* Overwrites what it held. */
void kube_material_release(struct kube_material_file *file);
/*
 * *ret is the material's data, or the file's content, valid until the next call;
 * empty where the material is nothing. A file that can no longer be read keeps
 * its last content. The error names the path.
 */
MUST_CHECK int kube_material_get(struct kube_material_file *file, int64_t now_ms, struct str *ret,
                                 struct error *err);
/* What is known is doubtful: the next call reads. */
void kube_material_doubt(struct kube_material_file *file);

#endif
