/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/object/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which file an entry is, whatever its name. */
struct file_id {
    dev_t device;
    ino_t inode;
};

struct walk {
    struct arena *arena;
    struct object_paths *found;
    struct file_id *seen; /* open addressing, at most half full; inode 0 is free */
    size_t seen_size;
    size_t file_size;
    size_t directory_size;
    size_t link_size;
    struct file_id ancestors[OBJECT_PATHS_DEPTH_MAX];
    size_t depth;
    struct error *err;
};

static int fail_errno(struct error *err, const char *what, const char *path)
{
    int failed = error_set_errno(err, errno, "cannot %s \"%s\"", what, path);

    if (err->code == ERROR_INVALID)
        err->code = ERROR_UNAVAILABLE; /* may be mended without a change that shows here */
    return failed;
}

bool object_paths_is_json(const char *file)
{
    return str_ends(str_from_c(file), STR(".json"));
}

bool object_paths_is_object_file(struct str name)
{
    return !str_starts(name, STR(".")) &&
           (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml")) || str_ends(name, STR(".json")));
}

static void add_name(struct walk *walk, char ***names, size_t *count, size_t *size, char *name)
{
    if (*count == *size) {
        size_t grown = *size ? *size * 2 : 16;

        *names = arena_grow(walk->arena, *names, *size, grown, sizeof(**names));
        *size = grown;
    }
    (*names)[(*count)++] = name;
}

static struct file_id *seen_slot(const struct walk *walk, struct file_id id)
{
    size_t i = (size_t)(id.inode * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (walk->seen_size - 1);

    while (walk->seen[i].inode != 0 && (walk->seen[i].inode != id.inode || walk->seen[i].device != id.device))
        i = (i + 1) & (walk->seen_size - 1);
    return &walk->seen[i];
}

/* Room for one more. */
static void grow_seen(struct walk *walk)
{
    const struct file_id *old = walk->seen;
    size_t old_size = walk->seen_size;

    if (walk->found->file_count * 2 < old_size)
        return;
    walk->seen_size = old_size ? old_size * 2 : 64;
    walk->seen = ARENA_ARRAY(walk->arena, walk->seen_size, struct file_id);
    for (size_t i = 0; i < old_size; i++) {
        if (old[i].inode != 0)
            *seen_slot(walk, old[i]) = old[i];
    }
}

/* What poll and inotify compare: the path, and what stat says of its file. */
static void sign_file(struct object_paths *found, const char *path, const struct stat *status)
{
    int64_t changed_ns = (int64_t)status->st_ctim.tv_sec * 1000000000 + status->st_ctim.tv_nsec;
    uint64_t facts[] = {status->st_dev,
                        status->st_ino,
                        (uint64_t)status->st_size,
                        (uint64_t)changed_ns,
                        (uint64_t)status->st_mtim.tv_sec,
                        (uint64_t)status->st_mtim.tv_nsec};

    found->signature = str_hash(str_from_c(path), found->signature);
    found->signature = str_hash((struct str){(const char *)facts, sizeof(facts)}, found->signature) | 1;
    if (changed_ns > found->newest_ns)
        found->newest_ns = changed_ns;
}

static int add_file(struct walk *walk, char *path, const struct stat *status)
{
    struct file_id id = {status->st_dev, status->st_ino};
    struct object_paths *found = walk->found;
    struct file_id *slot;

    grow_seen(walk);
    slot = seen_slot(walk, id);
    if (slot->inode != 0)
        return 0;
    if (found->file_count == OBJECT_PATHS_FILES_MAX)
        return error_set(walk->err, ERROR_TOO_LARGE, "more than %d files of objects",
                         (int)OBJECT_PATHS_FILES_MAX);
    *slot = id;
    add_name(walk, &found->files, &found->file_count, &walk->file_size, path);
    sign_file(found, path, status);
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names that count in a directory, sorted. */
static int list_directory(struct walk *walk, const char *path, char ***ret_names, size_t *ret_count)
{
    DIR *directory = opendir(path);
    char **names = NULL;
    size_t count = 0;
    size_t size = 0;

    if (!directory)
        return fail_errno(walk->err, "open directory", path);
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (entry->d_name[0] != '.')
            add_name(walk, &names, &count, &size, arena_cstr(walk->arena, str_from_c(entry->d_name)));
    }
    closedir(directory);
    if (count > 1)
        qsort(names, count, sizeof(*names), compare_names);
    *ret_names = names;
    *ret_count = count;
    return 0;
}

static int walk_path(struct walk *walk, char *path, bool is_given);

static int walk_directory(struct walk *walk, char *path, struct file_id id)
{
    struct str directory = str_from_c(path);
    char **names = NULL;
    size_t count = 0;

    for (size_t i = 0; i < walk->depth; i++) {
        if (walk->ancestors[i].inode == id.inode && walk->ancestors[i].device == id.device)
            return 0; /* a link back to where we come from */
    }
    if (walk->depth == OBJECT_PATHS_DEPTH_MAX)
        return error_set(walk->err, ERROR_TOO_LARGE, "directory \"%s\" is nested too deeply", path);
    if (list_directory(walk, path, &names, &count) < 0)
        return -1;
    add_name(walk, &walk->found->directories, &walk->found->directory_count, &walk->directory_size, path);
    walk->ancestors[walk->depth++] = id;
    for (size_t i = 0; i < count; i++) {
        struct str slash = str_ends(directory, STR("/")) ? STR("") : STR("/");
        struct str entry = arena_join(walk->arena, directory, slash, str_from_c(names[i]));

        if (walk_path(walk, arena_cstr(walk->arena, entry), false) < 0)
            return -1;
    }
    walk->depth--;
    return 0;
}

static bool names_object_file(const char *path)
{
    struct str whole = str_from_c(path);
    size_t slash = str_rfind(whole, '/');

    return object_paths_is_object_file(slash == whole.len ? whole : str_from(whole, slash + 1));
}

static int walk_path(struct walk *walk, char *path, bool is_given)
{
    struct stat status;
    struct file_id id;
    bool is_there = lstat(path, &status) == 0;

    if (is_there && S_ISLNK(status.st_mode)) {
        struct object_paths *found = walk->found;

        add_name(walk, &found->links, &found->link_count, &walk->link_size, path);
        is_there = stat(path, &status) == 0;
    }
    if (!is_there) {
        /* A dangling link or a file that went meanwhile is no object; one that should be is an error. */
        if (!is_given && errno == ENOENT && !names_object_file(path))
            return 0;
        return fail_errno(walk->err, "read", path);
    }
    id = (struct file_id){status.st_dev, status.st_ino};
    if (S_ISDIR(status.st_mode))
        return walk_directory(walk, path, id);
    if (!is_given && !names_object_file(path))
        return 0;
    if (!is_given && !S_ISREG(status.st_mode))
        return error_set(walk->err, ERROR_INVALID, "\"%s\" is not a file", path);
    return add_file(walk, path, &status);
}

int object_paths_find(struct arena *arena, const char *const *paths, size_t path_count,
                      struct object_paths *ret, struct error *err)
{
    struct object_paths found = {.signature = 1};
    struct walk walk = {.arena = arena, .found = &found, .err = err};
    int result = 0;

    for (size_t i = 0; i < path_count && result == 0; i++)
        result = walk_path(&walk, arena_cstr(arena, str_from_c(paths[i])), true);
    if (result < 0)
        found.signature = str_hash(error_text(err), found.signature) | 1;
    *ret = found;
    return result;
}
