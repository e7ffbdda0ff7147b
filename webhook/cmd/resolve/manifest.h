/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_RESOLVE_MANIFEST_H
#define WEIR_CMD_RESOLVE_MANIFEST_H

#include "base/yaml/read.h"
#include "core/workload/paths.h"

/*
 * A file of Kubernetes objects, YAML or JSON, many documents, with the workloads
 * among them: objects of a kind of the table, those in lists (kind List, or
 * DeploymentList and the like) included.
 */
enum { MANIFEST_FILE_MAX = 64 << 20 };

struct manifest {
    const char *name; /* of the input, for messages */
    struct str text;
    struct yaml_documents documents; /* each node's bytes are offsets of `text` */
};

struct manifest_workload {
    const struct value *object;
    bool is_known; /* there is a row for its kind; else images were seen in its spec */
    size_t document;
    struct str group, version, kind;
    struct str namespace; /* its own, or the one that was given */
    struct str name;      /* may be empty: generateName */
};

/* ERROR_INVALID as "name:line:column: what". Borrows both texts. */
MUST_CHECK int manifest_read(struct arena *arena, const char *name, struct str text, struct manifest *ret,
                             struct error *err);

/* In the order of the file, also those without a row that have images. */
struct manifest_workloads {
    struct manifest_workload *items; /* the arena's; what they point to is the manifest's */
    size_t count;
};

struct manifest_workloads manifest_workloads(struct arena *arena, const struct manifest *manifest,
                                             const struct workload_table *table,
                                             struct str default_namespace);

/* The AdmissionReview of its creation, as the API server would send it. */
MUST_CHECK int manifest_workload_review(struct arena *arena, const struct manifest_workload *workload,
                                        struct str *ret, struct error *err);

#endif
