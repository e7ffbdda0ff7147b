/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/config.h"

#include "edge/system/file.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

#define SERVICE_ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

enum { NAMESPACE_FILE_MAX = 4096 };

/* A file that holds no secret, or whose secrets live on in the arena. */
static int read_file(struct arena *arena, const char *path, size_t max, struct str *ret, struct error *err)
{
    struct str text;

    if (file_read(path, FILE_REGULAR, max, &text, err) < 0)
        return -1;
    *ret = arena_str(arena, text);
    OPENSSL_cleanse((void *)(uintptr_t)text.ptr, text.len);
    free((void *)(uintptr_t)text.ptr);
    return 0;
}

static struct str variable(const char *name)
{
    return str_from_c(getenv(name));
}

static const char *path_in(struct arena *arena, struct str folder, struct str name)
{
    return arena_cstr(arena, arena_join(arena, folder, STR("/"), name));
}

/* IPv6 stands in brackets in a URL, and bare in the variable. */
static const char *server_of(struct arena *arena, struct str host, struct str port)
{
    bool bare = str_find(host, ':') < host.len && !str_starts(host, STR("["));

    return arena_cstr(arena, arena_join(arena, STR("https://"), bare ? STR("[") : STR(""), host,
                                        bare ? STR("]") : STR(""), STR(":"), port));
}

int kube_config_in_cluster(struct arena *arena, const struct kube_config_options *options,
                           struct kube_config *ret, struct error *err)
{
    struct str folder = str_from_c(options->service_account_folder ? options->service_account_folder
                                                                   : SERVICE_ACCOUNT_FOLDER);
    struct str host = variable("KUBERNETES_SERVICE_HOST");
    struct str port = variable("KUBERNETES_SERVICE_PORT");
    struct kube_config config = {.token.path = path_in(arena, folder, STR("token")),
                                 .authority.path = path_in(arena, folder, STR("ca.crt"))};
    struct error ignored;
    int64_t number;

    if (host.len == 0 || port.len == 0 || access(config.token.path, F_OK) != 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "this is no Pod with a service account: no $KUBERNETES_SERVICE_HOST or no \"%s\"",
                         config.token.path);
    if (!str_to_int64(port, 1, 65535, &number))
        return error_set(err, ERROR_INVALID, "$KUBERNETES_SERVICE_PORT is no port");
    config.server = server_of(arena, host, port);
    if (read_file(arena, path_in(arena, folder, STR("namespace")), NAMESPACE_FILE_MAX, &config.namespace,
                  &ignored) < 0)
        config.namespace = STR("");
    config.namespace = str_trim(config.namespace);
    *ret = config;
    return 0;
}

static struct str folder_of(struct str path)
{
    size_t slash = str_rfind(path, '/');

    if (slash == path.len)
        return STR(".");
    return slash == 0 ? STR("/") : str_slice(path, 0, slash);
}

static int read_document(struct arena *arena, struct str path, struct kubeconfig_document *ret,
                         struct error *err)
{
    ret->path = arena_cstr(arena, path);
    ret->folder = folder_of(path);
    return read_file(arena, ret->path, KUBECONFIG_MAX, &ret->text, err);
}

/* Of the files in $KUBECONFIG those that are not there are passed over. */
static int read_list(struct arena *arena, struct str list, struct kubeconfig_document *ret, size_t *ret_count,
                     struct error *err)
{
    size_t count = 0;

    while (list.ptr) {
        struct str path = str_cut(&list, ':');

        if (path.len == 0)
            continue;
        if (count == KUBECONFIG_FILES_MAX)
            return error_set(err, ERROR_TOO_LARGE, "more than %d files in $KUBECONFIG", KUBECONFIG_FILES_MAX);
        if (read_document(arena, path, &ret[count], err) == 0)
            count++;
        else if (err->code != ERROR_NOT_FOUND)
            return -1;
    }
    if (count == 0)
        return error_set(err, ERROR_NOT_FOUND, "none of the files in $KUBECONFIG is there");
    *ret_count = count;
    return 0;
}

int kube_config_load(struct arena *arena, const struct kube_config_options *options, struct kube_config *ret,
                     struct error *err)
{
    struct kubeconfig_document documents[KUBECONFIG_FILES_MAX];
    struct str list = variable("KUBECONFIG");
    struct str home = variable("HOME");
    size_t count = 1;
    int failed;

    if (options->kubeconfig)
        failed = read_document(arena, str_from_c(options->kubeconfig), &documents[0], err);
    else if (list.len > 0)
        failed = read_list(arena, list, documents, &count, err);
    else if (home.len > 0)
        failed = read_document(arena, arena_join(arena, home, STR("/.kube/config")), &documents[0], err);
    else
        failed = error_set(err, ERROR_NOT_FOUND, "no kubeconfig: neither $KUBECONFIG nor $HOME is set");
    if (failed < 0)
        return -1;
    return kubeconfig_read(arena, &(struct kubeconfig_documents){documents, count}, options, ret, err);
}

int kube_config_find(struct arena *arena, const struct kube_config_options *options, struct kube_config *ret,
                     struct error *err)
{
    if (options->kubeconfig || options->context || variable("KUBECONFIG").len > 0)
        return kube_config_load(arena, options, ret, err);
    if (kube_config_in_cluster(arena, options, ret, err) == 0)
        return 0;
    return err->code == ERROR_NOT_FOUND ? kube_config_load(arena, options, ret, err) : -1;
}
