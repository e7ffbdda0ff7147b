/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/kubeconfig.h"

#include "base/base64.h"
#include "base/yaml/read.h"
#include "edge/outbound/network_address.h"
#include "edge/outbound/web_url.h"

#include <string.h>

/* One named entry of clusters, users or contexts, and the file it is in. */
struct entry {
    struct arena *arena;       /* of what is made of it */
    const struct value *value; /* of "cluster", "user", "context"; NULL: not there */
    const struct kubeconfig_document *document;
    const char *kind;
    struct str name;
};

struct reading {
    struct arena *arena;
    const struct kubeconfig_documents *documents;
    const struct value **trees; /* of each document */
};

static int wrong(const struct entry *entry, const char *field, const char *what, struct error *err)
{
    return error_set(err, ERROR_INVALID, "%s: %s \"" STR_FMT "\": \"%s\" %s", entry->document->path,
                     entry->kind, STR_ARG(str_slice(entry->name, 0, 200)), field, what);
}

static const struct value *find_named(const struct value *list, struct str name)
{
    if (!list || list->kind != VALUE_LIST)
        return NULL;
    for (const struct value *item = list->first; item; item = item->next) {
        const struct value *found = value_find(item, STR("name"));

        if (value_is_string(found) && str_equal(value_string(found), name))
            return item;
    }
    return NULL;
}

/* `kind` is "cluster", its list "clusters". The first file that has the name wins. */
static int find_entry(const struct reading *reading, const char *kind, struct str name, struct entry *ret,
                      struct error *err)
{
    struct str list = arena_join(reading->arena, str_from_c(kind), STR("s"));

    for (size_t i = 0; i < reading->documents->count; i++) {
        const struct value *item = find_named(value_find(reading->trees[i], list), name);

        if (!item)
            continue;
        *ret = (struct entry){reading->arena, value_find(item, str_from_c(kind)),
                              &reading->documents->items[i], kind, name};
        return 0;
    }
    return error_set(err, ERROR_NOT_FOUND, "%s: no %s \"" STR_FMT "\"", reading->documents->items[0].path,
                     kind, STR_ARG(str_slice(name, 0, 200)));
}

/*
 * Empty where it is not there; an error where it is no text. Numbers and the like
 * are no text, as in kubectl.
 */
static int get_text(const struct entry *entry, const char *field, struct str *ret, struct error *err)
{
    const struct value *value = value_find(entry->value, str_from_c(field));

    *ret = STR("");
    if (!value || value->kind == VALUE_NULL)
        return 0;
    if (!value_is_string(value))
        return wrong(entry, field, "must be a text", err);
    *ret = value_string(value);
    if (str_find(*ret, '\0') < ret->len)
        return wrong(entry, field, "holds a NUL byte", err);
    return 0;
}

static int get_bool(const struct entry *entry, const char *field, bool *ret, struct error *err)
{
    const struct value *value = value_find(entry->value, str_from_c(field));

    *ret = false;
    if (!value || value->kind == VALUE_NULL)
        return 0;
    if (value->kind != VALUE_BOOL)
        return wrong(entry, field, "must be true or false", err);
    *ret = value->boolean;
    return 0;
}

static const char *absolute(const struct entry *entry, struct str path)
{
    if (str_starts(path, STR("/")))
        return arena_cstr(entry->arena, path);
    return arena_cstr(entry->arena, arena_join(entry->arena, entry->document->folder, STR("/"), path));
}

/* "x" is a path, "x-data" the content in base64, which wins. */
static int get_material(const struct entry *entry, const char *path_field, const char *data_field,
                        struct kube_material *ret, struct error *err)
{
    struct str path;
    struct str data;
    struct error ignored;

    if (get_text(entry, path_field, &path, err) < 0 || get_text(entry, data_field, &data, err) < 0)
        return -1;
    if (data.len > 0) {
        if (base64_decode(entry->arena, data, &ret->data, &ignored) < 0)
            return wrong(entry, data_field, "is not base64", err);
        if (!str_contains(ret->data, STR("-----BEGIN ")))
            return wrong(entry, data_field, "is not PEM", err);
    } else if (path.len > 0) {
        ret->path = absolute(entry, path);
    }
    return 0;
}

static int get_server(const struct entry *entry, struct kube_config *ret, struct error *err)
{
    struct web_url url;
    struct str server;
    struct error why;

    if (get_text(entry, "server", &server, err) < 0)
        return -1;
    if (web_url_parse(entry->arena, NULL, server, &url, &why) < 0 || str_contains(server, STR("?")))
        return wrong(entry, "server", "must be an https address, as in \"https://10.0.0.1:6443\"", err);
    if (!url.https && network_address_scope_of_host(url.host) != ADDRESS_LOOPBACK)
        return wrong(entry, "server", "is plain http, which only loopback addresses may be", err);
    server = str_from_c(url.text);
    while (str_ends(server, STR("/")))
        server = str_slice(server, 0, server.len - 1);
    ret->server = arena_cstr(entry->arena, server);
    return 0;
}

static int get_insecure(const struct entry *entry, const struct kube_config_options *options,
                        struct kube_config *ret, struct error *err)
{
    if (get_bool(entry, "insecure-skip-tls-verify", &ret->insecure, err) < 0)
        return -1;
    if (ret->insecure && (ret->authority.path || ret->authority.data.len > 0))
        return wrong(entry, "insecure-skip-tls-verify", "and an authority exclude each other", err);
    if (ret->insecure && !options->allow_insecure)
        return error_set(
            err, ERROR_FORBIDDEN,
            "%s: cluster \"" STR_FMT
            "\": \"insecure-skip-tls-verify\" would hand our credentials to any host that answers",
            entry->document->path, STR_ARG(str_slice(entry->name, 0, 200)));
    return 0;
}

static int read_cluster(const struct entry *entry, const struct kube_config_options *options,
                        struct kube_config *ret, struct error *err)
{
    struct str name;
    struct str proxy;

    if (get_server(entry, ret, err) < 0 ||
        get_material(entry, "certificate-authority", "certificate-authority-data", &ret->authority, err) <
            0 ||
        get_insecure(entry, options, ret, err) < 0 || get_text(entry, "tls-server-name", &name, err) < 0 ||
        get_text(entry, "proxy-url", &proxy, err) < 0)
        return -1;
    if (name.len > 0)
        ret->tls_server_name = arena_cstr(entry->arena, name);
    if (proxy.len == 0)
        return 0;
    if (!str_starts(proxy, STR("http://")) && !str_starts(proxy, STR("https://")) &&
        !str_starts(proxy, STR("socks5://")))
        return wrong(entry, "proxy-url", "must begin with http://, https:// or socks5://", err);
    ret->proxy_url = arena_cstr(entry->arena, proxy);
    return 0;
}

/* A list of texts, or of maps of "name" and "value", to C strings with `first` in front. */
static int get_strings(const struct entry *entry, const char *field, const char *first,
                       const char *const **ret, struct error *err)
{
    const struct value *list = value_find(entry->value, str_from_c(field));
    size_t count = first ? 1 : 0;
    const char **strings;

    if (list && list->kind != VALUE_NULL && list->kind != VALUE_LIST)
        return wrong(entry, field, "must be a list", err);
    if (list && list->count > KUBE_EXEC_ARGUMENTS_MAX)
        return wrong(entry, field, "is too long", err);
    strings = ARENA_ARRAY(entry->arena, (list ? list->count : 0) + 2, const char *);
    strings[0] = first;
    for (const struct value *item = list ? list->first : NULL; item; item = item->next) {
        struct str name = value_string(value_find(item, STR("name")));
        struct str text = item->kind == VALUE_MAP ? arena_join(entry->arena, name, STR("="),
                                                               value_string(value_find(item, STR("value"))))
                                                  : value_string(item);

        if ((item->kind == VALUE_MAP && (name.len == 0 || str_find(name, '=') < name.len)) ||
            (item->kind != VALUE_MAP && !value_is_string(item)) || str_find(text, '\0') < text.len)
            return wrong(entry, field, "holds something else than texts", err);
        strings[count++] = arena_cstr(entry->arena, text);
    }
    *ret = strings;
    return 0;
}

static int check_exec(const struct entry *entry, struct str command, struct str version, struct str mode,
                      struct error *err)
{
    if (command.len == 0)
        return wrong(entry, "command", "is missing", err);
    if (!str_equal(version, STR("client.authentication.k8s.io/v1")) &&
        !str_equal(version, STR("client.authentication.k8s.io/v1beta1")))
        return wrong(entry, "apiVersion",
                     "must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1", err);
    if (str_equal(mode, STR("Always")))
        return wrong(entry, "interactiveMode", "is Always, but there is no terminal", err);
    if (mode.len > 0 && !str_equal(mode, STR("Never")) && !str_equal(mode, STR("IfAvailable")))
        return wrong(entry, "interactiveMode", "must be Never or IfAvailable", err);
    return 0;
}

static int read_exec(const struct entry *user, const struct value *value, struct kube_config *ret,
                     struct error *err)
{
    struct kube_exec *exec = ARENA_NEW(user->arena, struct kube_exec);
    struct entry entry = {user->arena, value, user->document, "exec of user", user->name};
    struct str command;
    struct str mode;

    if (value->kind != VALUE_MAP)
        return wrong(user, "exec", "must be a map", err);
    if (get_text(&entry, "command", &command, err) < 0 ||
        get_text(&entry, "apiVersion", &exec->api_version, err) < 0 ||
        get_text(&entry, "installHint", &exec->install_hint, err) < 0 ||
        get_text(&entry, "interactiveMode", &mode, err) < 0 ||
        get_bool(&entry, "provideClusterInfo", &exec->provide_cluster_info, err) < 0 ||
        check_exec(&entry, command, exec->api_version, mode, err) < 0)
        return -1;
    exec->command =
        str_find(command, '/') < command.len ? absolute(&entry, command) : arena_cstr(user->arena, command);
    if (get_strings(&entry, "args", exec->command, &exec->argv, err) < 0 ||
        get_strings(&entry, "env", NULL, &exec->env, err) < 0)
        return -1;
    ret->exec = exec;
    return 0;
}

/* What would be obeyed by kubectl and is not by us must not pass in silence. */
static int refuse_unknown(const struct entry *entry, struct error *err)
{
    static const char *const fields[] = {"auth-provider", "as", "as-uid", "as-groups", "as-user-extra"};

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const struct value *value = value_find(entry->value, str_from_c(fields[i]));

        if (value && value->kind != VALUE_NULL)
            return wrong(entry, fields[i], "is not supported", err);
    }
    return 0;
}

/* A token in a file wins over one that is written here. */
static int read_token(const struct entry *entry, struct kube_config *ret, struct error *err)
{
    struct str path;

    if (get_text(entry, "token", &ret->token.data, err) < 0 || get_text(entry, "tokenFile", &path, err) < 0)
        return -1;
    if (path.len > 0)
        ret->token = (struct kube_material){.path = absolute(entry, path)};
    return 0;
}

static bool has(const struct kube_material *material)
{
    return material->path || material->data.len > 0;
}

static int read_user(const struct entry *entry, struct kube_config *ret, struct error *err)
{
    const struct value *exec = value_find(entry->value, STR("exec"));

    if (refuse_unknown(entry, err) < 0 || read_token(entry, ret, err) < 0 ||
        get_material(entry, "client-certificate", "client-certificate-data", &ret->client_certificate, err) <
            0 ||
        get_material(entry, "client-key", "client-key-data", &ret->client_key, err) < 0 ||
        get_text(entry, "username", &ret->username, err) < 0 ||
        get_text(entry, "password", &ret->password, err) < 0)
        return -1;
    if (has(&ret->client_certificate) != has(&ret->client_key))
        return wrong(entry, "client-certificate", "and \"client-key\" must come together", err);
    if (str_find(ret->username, ':') < ret->username.len)
        return wrong(entry, "username", "holds a colon", err);
    if (!exec || exec->kind == VALUE_NULL)
        return 0;
    return read_exec(entry, exec, ret, err);
}

static struct str first_text(const struct reading *reading, const char *field)
{
    for (size_t i = 0; i < reading->documents->count; i++) {
        struct str found = value_string(value_find(reading->trees[i], str_from_c(field)));

        if (found.len > 0)
            return found;
    }
    return STR("");
}

static int read_context(const struct reading *reading, struct str name,
                        const struct kube_config_options *options, struct kube_config *ret, struct error *err)
{
    struct entry context = {.value = NULL};
    struct entry cluster = {.value = NULL};
    struct entry user = {.value = NULL};
    struct str cluster_name;
    struct str user_name;

    if (find_entry(reading, "context", name, &context, err) < 0 ||
        get_text(&context, "cluster", &cluster_name, err) < 0 ||
        get_text(&context, "user", &user_name, err) < 0 ||
        get_text(&context, "namespace", &ret->namespace, err) < 0 ||
        find_entry(reading, "cluster", cluster_name, &cluster, err) < 0 ||
        read_cluster(&cluster, options, ret, err) < 0)
        return -1;
    if (user_name.len == 0)
        return 0; /* anonymous */
    if (find_entry(reading, "user", user_name, &user, err) < 0)
        return -1;
    return read_user(&user, ret, err);
}

static int read_tree(struct arena *arena, const struct kubeconfig_document *document,
                     const struct value **ret, struct error *err)
{
    static const struct value empty = {.kind = VALUE_MAP};
    struct yaml_documents documents;

    if (yaml_read(arena, document->text, &documents, err) < 0)
        return error_prefix(err, "%s", document->path);
    *ret = documents.count > 0 ? documents.items[0] : &empty;
    if ((*ret)->kind == VALUE_NULL)
        *ret = &empty;
    if (documents.count > 1 || (*ret)->kind != VALUE_MAP)
        return error_set(err, ERROR_INVALID, "%s: not a kubeconfig: one map is expected", document->path);
    return 0;
}

int kubeconfig_read(struct arena *arena, const struct kubeconfig_documents *documents,
                    const struct kube_config_options *options, struct kube_config *ret, struct error *err)
{
    struct reading reading = {arena, documents, ARENA_ARRAY(arena, documents->count, const struct value *)};
    struct kube_config config = {.server = NULL};
    struct str context = str_from_c(options->context);

    for (size_t i = 0; i < documents->count; i++) {
        if (read_tree(arena, &documents->items[i], &reading.trees[i], err) < 0)
            return -1;
    }
    if (context.len == 0)
        context = first_text(&reading, "current-context");
    if (context.len == 0)
        return error_set(err, ERROR_NOT_FOUND, "%s: no current-context", documents->items[0].path);
    if (read_context(&reading, context, options, &config, err) < 0)
        return -1;
    *ret = config;
    return 0;
}
