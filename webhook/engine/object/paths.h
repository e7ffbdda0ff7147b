/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_OBJECT_PATHS_H
#define WEIR_ENGINE_OBJECT_PATHS_H

#include "base/arena.h"
#include "base/error.h"

/*
 * The files that --objects names: paths as given, directories recursively, in
 * byte order of their names. Below a directory only *.yaml, *.yml and *.json
 * count, and nothing whose name begins with a dot (the ..data of a mounted
 * Secret or ConfigMap: its files are symbolic links beside it). Links are
 * followed; a file that is reached twice is read once.
 */
enum {
    OBJECT_PATHS_DEPTH_MAX = 32,
    OBJECT_PATHS_FILES_MAX = 100000,
};

struct object_paths {
    char **files;
    size_t file_count;
    char **directories; /* all that were walked, to be watched */
    size_t directory_count;
    char **links; /* symbolic links on the way, to files and directories */
    size_t link_count;
    uint64_t signature; /* changes with any file's name, identity, size or time of change; never 0 */
    int64_t newest_ns;  /* the latest time of change, since the epoch */
};

/*
 * The result is the arena's. On failure *ret holds what was found up to there,
 * and a signature that changes with the failure.
 */
MUST_CHECK int object_paths_find(struct arena *arena, const char *const *paths, size_t path_count,
                                 struct object_paths *ret, struct error *err);

/* By its name, without directory: whether it counts below a directory. */
bool object_paths_is_object_file(struct str name);
bool object_paths_is_json(const char *file);

#endif
