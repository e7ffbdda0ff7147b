/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/credential_files.h"

#include "base/json/read.h"
#include "base/yaml/read.h"
#include "cmd/line/input.h"
#include "core/object/decode.h"

enum { CREDENTIAL_FILE_MAX = 8 << 20 };

static void append(struct arena *arena, struct credential_files *files, const struct docker_config *config)
{
    struct docker_config *kept = ARENA_NEW(arena, struct docker_config);

    *kept = *config;
    files->items = arena_grow(arena, files->items, files->count, files->count + 1, sizeof(*files->items));
    files->items[files->count++] = kept;
}

/* The members by which docker's own file is known; anything else at the top is a registry. */
static bool is_legacy(struct arena *arena, struct str text)
{
    static const struct str names[] = {STR_INIT("auths"), STR_INIT("credsStore"), STR_INIT("credHelpers"),
                                       STR_INIT("HttpHeaders")};
    struct value *document;
    struct error err;

    if (json_read(arena, text, &document, &err) < 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (value_find_nocase(document, names[i]))
            return false;
    }
    return true;
}

int credential_files_add_config(struct arena *arena, const char *path, struct credential_files *files,
                                struct error *err)
{
    struct docker_config_source source = {.origin = str_from_c(input_name(path))};
    struct docker_config config;

    if (input_read(arena, path, CREDENTIAL_FILE_MAX, &source.text, err) < 0)
        return -1;
    source.legacy = is_legacy(arena, source.text);
    if (credentials_parse(arena, &source, &config, err) < 0)
        return error_prefix(err, "\"%s\"", input_name(path));
    append(arena, files, &config);
    return 0;
}

/* What one file is read with. */
struct manifest {
    struct arena *arena;
    struct text_pool texts;
    struct credential_files *files;
};

static bool is_secret(const struct value *value)
{
    return str_equal(value_string(value_find(value, STR("kind"))), STR("Secret"));
}

static int add_secret(struct manifest *manifest, const struct value *value, struct error *err)
{
    struct str name = value_string(value_path(value, "metadata", "name", NULL));
    struct cluster_object object;

    if (object_decode(&manifest->texts, value, NULL, &object, err) < 0)
        return error_prefix(err, "line %u", object.line);
    if (object.kind != OBJECT_PULL_SECRET)
        return error_set(err, ERROR_INVALID,
                         "line %u: secret \"" STR_FMT "\" is of type \"" STR_FMT
                         "\", not kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg",
                         value->line, STR_ARG(name), STR_ARG(value_string(value_find(value, STR("type")))));
    if (object.as.secret->problem.len > 0)
        return error_set(err, ERROR_INVALID, "line %u: secret \"" STR_FMT "\": " STR_FMT, value->line,
                         STR_ARG(name), STR_ARG(object.as.secret->problem));
    append(manifest->arena, manifest->files, &object.as.secret->config);
    return 0;
}

/* The secrets of one document, which may be a list; what is of another kind is passed over. */
static int add_document(struct manifest *manifest, const struct value *document, struct error *err)
{
    struct object_header header;
    const struct value *items = object_decode_list_items(document, &header);

    if (!items)
        return is_secret(document) ? add_secret(manifest, document, err) : 0;
    for (const struct value *item = items->first; item; item = item->next) {
        if (is_secret(item) && add_secret(manifest, item, err) < 0)
            return -1;
    }
    return 0;
}

static int add_manifest(struct manifest *manifest, struct str text, struct error *err)
{
    size_t count = manifest->files->count;
    struct yaml_documents documents;

    if (yaml_read(manifest->arena, text, &documents, err) < 0)
        return -1;
    for (size_t i = 0; i < documents.count; i++) {
        if (add_document(manifest, documents.items[i], err) < 0)
            return -1;
    }
    return manifest->files->count > count ? 0 : error_set(err, ERROR_INVALID, "there is no Secret in it");
}

int credential_files_add_secrets(struct arena *arena, const char *path, struct credential_files *files,
                                 struct error *err)
{
    struct manifest manifest = {.arena = arena, .files = files};
    struct str text;

    if (input_read(arena, path, CREDENTIAL_FILE_MAX, &text, err) < 0)
        return -1;
    text_pool_init(&manifest.texts, arena);
    if (add_manifest(&manifest, text, err) < 0)
        return error_prefix(err, "\"%s\"", input_name(path));
    return 0;
}
