/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_WORKLOAD_PATHS_H
#define WEIR_CORE_WORKLOAD_PATHS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json/scan.h"

/*
 * Where each workload kind names its images: a table of rows, the built-in
 * kinds among them. What a row's pointer leads to decides how it is read: a map
 * is a pod spec, a list is a list of containers (or steps) or, where it is called
 * "volumes", of volumes; a string is an image.
 */
struct workload_row {
    struct str group;
    struct str version; /* empty: any */
    struct str kind;
    const struct str *pointers; /* JSON Pointers into the object; a component "*" is each element of a list */
    size_t pointer_count;
};

enum {
    WORKLOAD_POINTERS_MAX = 48,          /* of one row */
    WORKLOAD_POINTER_COMPONENTS_MAX = 16 /* of one pointer */
};

/* One step of the pointers of a row, merged into a tree; what the decoder walks beside the document. */
struct path_node {
    struct str key; /* a member's name; "*" is each element of a list */
    bool leaf;      /* a pointer ends here */
    bool metadata;  /* the object's or the pod template's metadata */
    bool template;  /* of these two, the pod template's */
    const struct path_node *children;
    size_t child_count;
    struct json_scan_wanted wanted; /* the children's keys */
};

struct workload_kind {
    struct str group;
    struct str version;
    struct str kind;
    struct path_node root;
    /*
     * The pod template's own pointer, "<template>" of "<template>/spec" without "*",
     * where it is the only pointer of the row but for those of lone images, which end
     * in "/image": its metadata carries the intent (semantics §3). Else empty: the
     * object's metadata does.
     */
    struct str template_pointer;
    bool is_pod;
    bool is_job;
    bool is_builtin; /* a kind of Kubernetes' own, also where a row of --workload-paths names it */
};

struct workload_table {
    const struct workload_kind *kinds; /* those of one kind side by side */
    size_t count;
};

/* Pod, Deployment and the other built-in kinds. */
extern const struct workload_row workload_paths_builtin[];
extern const size_t workload_paths_builtin_count;

/*
 * The built-in rows, with `rows` added; a row of the same group, version and
 * kind replaces. Borrows the rows' texts. ERROR_INVALID for a pointer that is none.
 */
MUST_CHECK int workload_paths_build(struct arena *arena, const struct workload_row *rows, size_t count,
                                    struct workload_table *ret, struct error *err);

/*
 * Whether the pointers of one row are JSON Pointers that go together: for callers
 * that know where the row stands.
 */
MUST_CHECK int workload_paths_check(struct arena *arena, const struct workload_row *row, struct error *err);

/* A row with that version first, then one for any version; NULL where there is none. */
const struct workload_kind *workload_paths_find(const struct workload_table *table, struct str group,
                                                struct str version, struct str kind);

/*
 * Semantics §1.5: kinds beyond the built-in ones have variables, $(…), ${…} or
 * {{…}}, where an image may stand: such a text is no reference. What their
 * controllers make of it is a Pod, which is judged.
 */
bool workload_paths_is_variable(const struct workload_kind *kind, struct str image);

#endif
