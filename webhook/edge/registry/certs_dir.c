/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/certs_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The directory's file names in byte order, ended by NULL. */
static int read_names(struct arena *arena, DIR *open, const char ***ret, struct error *err)
{
    const char **names = ARENA_ARRAY(arena, CERTS_DIR_FILES_MAX + 1, const char *);
    size_t count = 0;

    for (struct dirent *found = readdir(open); found; found = readdir(open)) {
        if (found->d_name[0] == '.')
            continue;
        if (count == CERTS_DIR_FILES_MAX)
            return error_set(err, ERROR_INVALID, "it holds more than %d files", CERTS_DIR_FILES_MAX);
        names[count++] = arena_cstr(arena, str_from_c(found->d_name));
    }
    qsort(names, count, sizeof(*names), by_text);
    *ret = names;
    return 0;
}

static char *path_of(struct arena *arena, struct str dir, struct str name, struct str ending)
{
    return arena_cstr(arena, arena_join(arena, dir, STR("/"), name, ending));
}

static int take_pair(struct arena *arena, struct str dir, struct str stem, struct http_certificates *ret,
                     struct error *err)
{
    char *certificate = path_of(arena, dir, stem, STR(".cert"));
    char *key = path_of(arena, dir, stem, STR(".key"));

    if (access(certificate, R_OK) != 0 || access(key, R_OK) != 0)
        return error_set(err, ERROR_INVALID, "it holds only half of a client pair");
    if (ret->client_certificate)
        return 0; /* the first pair is the one; its other half comes by here as well */
    ret->client_certificate = certificate;
    ret->client_key = key;
    return 0;
}

static int take_files(struct arena *arena, struct str dir, const char **names, struct http_certificates *ret,
                      struct error *err)
{
    const char **authorities = ARENA_ARRAY(arena, CERTS_DIR_FILES_MAX + 1, const char *);
    size_t count = 0;

    ret->authorities = authorities;
    for (; *names; names++) {
        struct str name = str_from_c(*names);
        size_t dot = str_rfind(name, '.');
        struct str ending = str_from(name, dot);

        if (str_equal(ending, STR(".crt")))
            authorities[count++] = path_of(arena, dir, name, STR(""));
        else if ((str_equal(ending, STR(".cert")) || str_equal(ending, STR(".key"))) &&
                 take_pair(arena, dir, str_slice(name, 0, dot), ret, err) < 0)
            return -1;
    }
    return 0;
}

/* Of the directory `path`. NULL: there is none. */
static int read_directory(struct arena *arena, const char *path, const struct http_certificates **ret,
                          struct error *err)
{
    struct http_certificates *certificates = ARENA_NEW(arena, struct http_certificates);
    DIR *open = opendir(path);
    const char **names = NULL;
    int failed;

    *ret = NULL;
    if (!open && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (!open)
        return error_set(err, ERROR_INVALID, "it cannot be read");
    failed = read_names(arena, open, &names, err);
    (void)closedir(open);
    if (failed < 0 || take_files(arena, str_from_c(path), names, certificates, err) < 0)
        return -1;
    *ret = certificates;
    return 0;
}

int certs_dir_find(struct arena *arena, const char *dir, struct str host,
                   const struct http_certificates **ret, struct error *err)
{
    *ret = NULL;
    if (!dir || host.len == 0)
        return 0;
    if (read_directory(arena, path_of(arena, str_from_c(dir), host, STR("")), ret, err) < 0)
        return error_prefix(err, "certificate directory \"" STR_FMT "\"", STR_ARG(host));
    return 0;
}
