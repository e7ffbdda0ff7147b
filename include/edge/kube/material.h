/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EDGE_KUBE_MATERIAL_H
#define WEIR_EDGE_KUBE_MATERIAL_H

#include "edge/kube/config.h"

/*
 * The content of a small file that others replace while we run: a token, a
 * certificate. Read again when the file is another one or has changed, and at
 * least each minute, as a kubelet's volume may say neither.
 */
enum {
    KUBE_FILE_MAX = 1 << 20,
    KUBE_FILE_MS = 60000, /* the content is at most this old */
};

struct kube_file {
    const struct kube_material *material;
    char *bytes; /* NULL: nothing was read yet */
    size_t len;
    int64_t read_ms;
    uint64_t identity; /* of what was read */
};

void kube_file_init(struct kube_file *file, const struct kube_material *material);
/* Overwrites what it held. */
void kube_file_release(struct kube_file *file);
/*
 * *ret is the material's data, or the file's content, valid until the next call;
 * empty where the material is nothing. A file that can no longer be read keeps
 * its last content. The error names the path.
 */
MUST_CHECK int kube_file_get(struct kube_file *file, int64_t now_ms, struct str *ret, struct error *err);
/* What is known is doubtful: the next call reads. */
void kube_file_doubt(struct kube_file *file);

/* A whole file, bounded; never waits for a pipe. The arena's. */
MUST_CHECK int kube_file_read(struct arena *arena, const char *path, size_t max, struct str *ret,
                              struct error *err);

#endif
