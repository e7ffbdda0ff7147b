/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_OBJECT_FILES_H
#define WEIR_ENGINE_OBJECT_FILES_H

#include "base/error.h"
#include "base/value.h"
#include "core/object/cluster_objects.h"
#include "engine/cluster/snapshot.h"

/*
 * The cluster's objects from files and directories (--objects): .yaml, .yml and
 * .json, many documents each, directories recursively. A file without anything
 * in it, not even a comment, is an error: it is one that is being written.
 */
enum {
    OBJECT_FILE_MAX = 64 << 20, /* bytes of one file */
};

/* Something a person should know that is no error: an unknown kind that was skipped. */
typedef void object_files_warn(void *ctx, struct str message);

/*
 * An object that is of use, as it is written: called for each, in the order of
 * the files. All is valid during the call; `header` is of its list, or NULL.
 */
typedef void object_files_visit(void *ctx, const struct value *value, const struct object_header *header,
                                const struct cluster_object *object);

/* What is read, and the callbacks for warnings and objects. `paths` and `ctx` are borrowed. */
struct object_files {
    const char *const *paths;
    size_t path_count;
    object_files_warn *warn;   /* NULL: none */
    void *ctx;                 /* of both */
    object_files_visit *visit; /* NULL: none */
};

/*
 * Reads all of them into a new snapshot. On failure nothing is made, and the
 * message names file, line, path in the object, and what was expected.
 */
MUST_CHECK int object_files_load(const struct object_files *files, struct snapshot **ret, struct error *err);

/*
 * Watches the files from a thread of its own and publishes each good change
 * into the slot within a second; a bad one leaves the last good set in force.
 * `on_reload(ctx, err)` is told of each attempt, from that thread: err NULL is success.
 */
struct object_watch;
typedef void object_watch_reloaded(void *ctx, const struct error *err, const struct snapshot *snapshot);

struct object_watch *object_watch_start(const struct object_files *files, struct snapshot_slot *slot,
                                        object_watch_reloaded *on_reload, void *ctx);
/* Reads everything anew now (SIGHUP). Any thread. */
void object_watch_reload(struct object_watch *watch);
void object_watch_stop(struct object_watch *watch);

#endif
