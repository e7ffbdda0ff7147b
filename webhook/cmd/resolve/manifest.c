/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/resolve/manifest.h"

#include "base/json/number.h"
#include "base/json/write.h"

enum { MANIFEST_REVIEW_MAX = 256 << 20 };

/* "line 3, column 5: what" of the readers becomes "name:3:5: what", which editors jump to. */
static int place_error(const char *name, struct error *err)
{
    struct error reader = *err;
    struct str rest = error_text(&reader);
    struct str line = str_cut(&rest, ':');
    struct str column;
    int64_t line_number, column_number;

    line = str_from(line, STR("line ").len);
    column = line;
    line = str_cut(&column, ',');
    column = str_from(str_trim(column), STR("column ").len);
    if (!str_to_int64(line, 1, INT32_MAX, &line_number))
        return error_prefix(err, "%s", name);
    if (!str_to_int64(column, 1, INT32_MAX, &column_number))
        return error_set(err, reader.code, "%s:%lld: " STR_FMT, name, (long long)line_number,
                         STR_ARG(str_trim(rest)));
    return error_set(err, reader.code, "%s:%lld:%lld: " STR_FMT, name, (long long)line_number,
                     (long long)column_number, STR_ARG(str_trim(rest)));
}

int manifest_read(struct arena *arena, const char *name, struct str text, struct manifest *ret,
                  struct error *err)
{
    struct yaml_documents documents;

    if (yaml_read(arena, text, &documents, err) < 0)
        return place_error(name, err);
    *ret = (struct manifest){name, text, documents};
    return 0;
}

/* Workloads found so far, and what a nested object takes over from the list it is in. */
struct finder {
    struct arena *arena;
    const struct workload_table *table;
    struct str default_namespace;
    struct manifest_workload *items;
    size_t count;
    size_t size;
    size_t document;
};

static void add_workload(struct finder *finder, const struct manifest_workload *workload)
{
    if (finder->count == finder->size) {
        size_t size = finder->size ? finder->size * 2 : 16;

        finder->items = arena_grow(finder->arena, finder->items, finder->count, size, sizeof(*finder->items));
        finder->size = size;
    }
    finder->items[finder->count++] = *workload;
}

static struct str text_or(struct str text, struct str fallback)
{
    return text.len > 0 ? text : fallback;
}

static void find_in_object(struct finder *finder, const struct value *object, struct str api_version,
                           struct str kind);

static void find_in_list(struct finder *finder, const struct value *items, struct str api_version,
                         struct str kind)
{
    struct str item_kind = str_slice(kind, 0, kind.len - STR("List").len);

    /* the items of a plain List say themselves what they are */
    if (item_kind.len == 0)
        api_version = (struct str){"", 0};
    for (const struct value *item = items->first; item; item = item->next)
        find_in_object(finder, item, api_version, item_kind);
}

/* A member "image" that is a text, at any depth: what a kind without a row can be seen to have. */
static bool has_image(const struct value *value)
{
    if (!value)
        return false;
    if (value->kind == VALUE_STRING)
        return str_equal(value->key, STR("image")) && !str_is_blank(value->text);
    for (const struct value *child = value->first; child; child = child->next) {
        if (has_image(child))
            return true;
    }
    return false;
}

/* `api_version` and `kind` are what it is where it does not say so itself. */
static void find_in_object(struct finder *finder, const struct value *object, struct str api_version,
                           struct str kind)
{
    const struct value *items = value_find(object, STR("items"));
    const struct value *meta = value_find(object, STR("metadata"));
    struct manifest_workload workload = {.object = object, .document = finder->document};
    struct str version;

    api_version = text_or(value_string(value_find(object, STR("apiVersion"))), api_version);
    kind = text_or(value_string(value_find(object, STR("kind"))), kind);
    if (str_ends(kind, STR("List")) && items && items->kind == VALUE_LIST) {
        find_in_list(finder, items, api_version, kind);
        return;
    }
    version = api_version;
    workload.group = str_find(version, '/') < version.len ? str_cut(&version, '/') : STR("");
    workload.version = version;
    workload.kind = kind;
    workload.name = value_string(value_find(meta, STR("name")));
    workload.namespace = text_or(value_string(value_find(meta, STR("namespace"))), finder->default_namespace);
    workload.is_known = workload_paths_find(finder->table, workload.group, workload.version, kind) != NULL;
    if (workload.is_known || (kind.len > 0 && has_image(value_find(object, STR("spec")))))
        add_workload(finder, &workload);
}

struct manifest_workloads manifest_workloads(struct arena *arena, const struct manifest *manifest,
                                             const struct workload_table *table, struct str default_namespace)
{
    struct finder finder = {.arena = arena, .table = table, .default_namespace = default_namespace};

    for (size_t i = 0; i < manifest->documents.count; i++) {
        finder.document = i;
        find_in_object(&finder, manifest->documents.items[i], STR(""), STR(""));
    }
    return (struct manifest_workloads){finder.items, finder.count};
}

static void write_value(struct json_writer *w, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        json_write_null(w);
        break;
    case VALUE_BOOL:
        json_write_bool(w, value->boolean);
        break;
    case VALUE_NUMBER:
        /* YAML has numbers that JSON has not, .inf among them */
        if (value->text.len > 0 && json_number_length(value->text) == value->text.len)
            json_write_number(w, value->text);
        else
            json_write_str(w, value->text);
        break;
    case VALUE_STRING:
        json_write_str(w, value->text);
        break;
    case VALUE_LIST:
        json_write_list_open(w);
        for (const struct value *item = value->first; item; item = item->next)
            write_value(w, item);
        json_write_list_close(w);
        break;
    case VALUE_MAP:
        json_write_map_open(w);
        for (const struct value *member = value->first; member; member = member->next) {
            json_write_key(w, member->key);
            write_value(w, member);
        }
        json_write_map_close(w);
        break;
    }
}

static void write_request(struct json_writer *w, const struct manifest_workload *workload)
{
    json_write_map_open(w);
    json_write_member_str(w, STR("uid"), STR("manifest"));
    json_write_key(w, STR("kind"));
    json_write_map_open(w);
    json_write_member_str(w, STR("group"), workload->group);
    json_write_member_str(w, STR("version"), workload->version);
    json_write_member_str(w, STR("kind"), workload->kind);
    json_write_map_close(w);
    json_write_member_str(w, STR("name"), workload->name);
    json_write_member_str(w, STR("namespace"), workload->namespace);
    json_write_member_str(w, STR("operation"), STR("CREATE"));
    json_write_key(w, STR("userInfo"));
    json_write_map_open(w);
    json_write_map_close(w);
    json_write_key(w, STR("object"));
    write_value(w, workload->object);
    json_write_key(w, STR("oldObject"));
    json_write_null(w);
    json_write_member_bool(w, STR("dryRun"), true);
    json_write_map_close(w);
}

int manifest_workload_review(struct arena *arena, const struct manifest_workload *workload, struct str *ret,
                             struct error *err)
{
    struct json_writer w;
    struct text out;

    text_init(&out, arena, MANIFEST_REVIEW_MAX);
    json_write_init(&w, &out);
    json_write_map_open(&w);
    json_write_member_str(&w, STR("apiVersion"), STR("admission.k8s.io/v1"));
    json_write_member_str(&w, STR("kind"), STR("AdmissionReview"));
    json_write_key(&w, STR("request"));
    write_request(&w, workload);
    json_write_map_close(&w);
    if (json_write_finish(&w, err) < 0)
        return -1;
    *ret = text_str(&out);
    return 0;
}
