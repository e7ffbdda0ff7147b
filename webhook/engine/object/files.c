/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* malloc_trim */
#include "engine/object/files.h"

#include "base/json/read.h"
#include "base/json/scan.h"
#include "base/utf8.h"
#include "base/yaml/read.h"
#include "core/cluster/view_build.h"
#include "edge/system/file.h"
#include "edge/system/random.h"
#include "engine/object/paths.h"
#include "engine/object/set.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

enum {
    OBJECT_MAX = 8 << 20,         /* bytes of one object in a JSON list; etcd's own limit is 1.5 MiB */
    TREE_BUFFER_SIZE = 256 << 10, /* holds the tree of most objects */
    WARNED_MAX = 64,              /* kinds that are reported as unknown */
};

/* One loading of all files. */
struct loading {
    struct snapshot *snapshot;
    struct text_pool texts; /* in the snapshot's arena */
    struct arena scratch;   /* of the loading: names, places */
    struct arena tree;      /* of one document */
    void *tree_buffer;
    struct object_set set;
    const char *file;    /* the one that is read */
    const char *counted; /* up to here its lines are counted */
    uint32_t line;
    struct str warned[WARNED_MAX];
    size_t warned_count;
    const struct object_files *files;
    struct error *err;
};

/* Each unknown kind is told once. */
static void warn_unknown(struct loading *loading, const struct cluster_object *object, uint32_t line)
{
    struct str name = STR("documents that are no objects");
    struct error message;

    if (object->kind_name.len > 0)
        name = arena_join(&loading->scratch, STR("objects of kind "), object->kind_name, STR(" ("),
                          object->api_version, STR(")"));
    for (size_t i = 0; i < loading->warned_count; i++) {
        if (str_equal(loading->warned[i], name))
            return;
    }
    if (loading->warned_count == WARNED_MAX || !loading->files->warn)
        return;
    loading->warned[loading->warned_count++] = name;
    if (error_set(&message, ERROR_NONE, "%s:%u: " STR_FMT " are skipped", loading->file, line,
                  STR_ARG(str_slice(name, 0, 200))) < 0)
        loading->files->warn(loading->files->ctx, error_text(&message));
}

/* What stands in an element of a list is told with its index. */
static int prefix_place(struct loading *loading, uint32_t line, const size_t *index)
{
    if (index)
        return error_prefix(loading->err, "%s:%u: items[%zu]", loading->file, line, *index);
    return error_prefix(loading->err, "%s:%u", loading->file, line);
}

/* `line` is where the tree's first line is in the file. */
static int add_object(struct loading *loading, const struct value *value, const struct object_header *header,
                      uint32_t line, const size_t *index)
{
    struct cluster_object object;
    struct object_place place = {loading->file, line + value->line - 1};

    if (object_decode(&loading->texts, value, header, &object, loading->err) < 0)
        return prefix_place(loading, line + object.line - 1, index);
    if (object.kind == OBJECT_UNKNOWN)
        warn_unknown(loading, &object, place.line);
    if (object.kind == OBJECT_UNKNOWN || object.kind == OBJECT_SKIPPED)
        return 0;
    if (object_set_add(&loading->set, &object, place, loading->err) < 0)
        return prefix_place(loading, place.line, index);
    if (loading->files->visit)
        loading->files->visit(loading->files->ctx, value, header, &object);
    return 0;
}

/* A document: one object, or a list of them. */
static int add_document(struct loading *loading, const struct value *value)
{
    struct object_header header;
    const struct value *items = object_decode_list_items(value, &header);
    size_t index = 0;

    if (!items)
        return add_object(loading, value, NULL, 1, NULL);
    for (const struct value *item = items->first; item; item = item->next, index++) {
        if (add_object(loading, item, &header, 1, &index) < 0)
            return -1;
    }
    return 0;
}

static int load_yaml(struct loading *loading, struct str text)
{
    struct yaml_documents documents;

    if (yaml_read(&loading->tree, text, &documents, loading->err) < 0)
        return error_prefix(loading->err, "%s", loading->file);
    for (size_t i = 0; i < documents.count; i++) {
        if (add_document(loading, documents.items[i]) < 0)
            return -1;
    }
    return 0;
}

/* The memory of the last tree serves the next one. */
static void reset_tree(struct loading *loading)
{
    arena_release(&loading->tree);
    arena_init_buffer(&loading->tree, loading->tree_buffer, TREE_BUFFER_SIZE);
}

/* The line of a place that is not before the last one asked for. */
static uint32_t line_at(struct loading *loading, const char *at)
{
    while (loading->counted < at) {
        const char *line_end = memchr(loading->counted, '\n', (size_t)(at - loading->counted));

        loading->line += line_end != NULL;
        loading->counted = line_end ? line_end + 1 : at;
    }
    return loading->line;
}

static int load_json_object(struct loading *loading, struct str text, const struct object_header *header,
                            const size_t *index)
{
    uint32_t line = line_at(loading, text.ptr);
    struct value *value;

    reset_tree(loading);
    if (text.len > OBJECT_MAX &&
        error_set(loading->err, ERROR_TOO_LARGE, "the object has %zu bytes, at most %d are read", text.len,
                  OBJECT_MAX) < 0)
        return prefix_place(loading, line, index);
    if (json_read(&loading->tree, text, &value, loading->err) < 0)
        return prefix_place(loading, line, index);
    return add_object(loading, value, header, line, index);
}

/* Elements are read one by one, so that memory is bounded by the largest. */
static int load_json_items(struct loading *loading, struct str items, const struct object_header *header)
{
    struct arena arena;
    struct json_scan scan;
    struct str item;
    bool first = true;
    size_t index = 0;
    int result = 0;

    arena_init(&arena);
    json_scan_init(&scan, &arena, items);
    (void)json_scan_enter_list(&scan);
    while (result == 0 && json_scan_element(&scan, &first) && json_scan_skip_raw(&scan, &item)) {
        result = load_json_object(loading, item, header, &index);
        index++;
    }
    if (result == 0 && json_scan_finish(&scan, loading->err) < 0)
        result = error_prefix(loading->err, "%s: items", loading->file);
    arena_release(&arena);
    return result;
}

/* The members of a document that say whether it is a list; false where it is none, or not well-formed. */
static bool find_json_items(struct arena *arena, struct str text, struct str *ret_items,
                            struct object_header *ret_header)
{
    struct json_scan scan;
    struct json_keys keys;
    struct str key;
    struct str kind = {NULL, 0};
    struct str api_version = {NULL, 0};
    struct error err;

    *ret_items = (struct str){NULL, 0};
    json_scan_init(&scan, arena, text);
    if (json_scan_peek(&scan) != JSON_SCAN_MAP || !json_scan_enter_map(&scan, &keys))
        return false;
    while (json_scan_member(&scan, &keys, &key)) {
        enum json_scan_kind value = json_scan_peek(&scan);

        if (value == JSON_SCAN_LIST && str_equal(key, STR("items")))
            (void)json_scan_skip_raw(&scan, ret_items);
        else if (value == JSON_SCAN_STRING && str_equal(key, STR("kind")))
            (void)json_scan_string(&scan, &kind);
        else if (value == JSON_SCAN_STRING && str_equal(key, STR("apiVersion")))
            (void)json_scan_string(&scan, &api_version);
        else
            (void)json_scan_skip(&scan);
    }
    return json_scan_finish(&scan, &err) == 0 && ret_items->len > 0 &&
           object_decode_list_header(api_version, kind, ret_header);
}

/*
 * Objects one after another, as `kubectl get -o json` of several commands leaves them; behind one a byte
 * order mark may stand, which the scanner refuses.
 */
static bool is_json_stream(struct arena *arena, struct str text)
{
    struct json_scan scan;
    struct str first;

    json_scan_init(&scan, arena, text);
    if (json_scan_peek(&scan) != JSON_SCAN_MAP)
        return false;
    if (str_contains(text, STR("}" UTF8_MARK)) || str_contains(text, STR("\n" UTF8_MARK)))
        return true;
    if (!json_scan_skip_raw(&scan, &first))
        return false;
    return str_starts(str_trim(str_from(text, (size_t)(first.ptr + first.len - text.ptr))), STR("{"));
}

static int load_json_stream(struct loading *loading, struct str text)
{
    struct json_stream stream = {.line = 1, .values_max = VALUE_NODES_MAX};

    if (json_read_stream(&loading->tree, text, &stream, loading->err) < 0)
        return error_prefix(loading->err, "%s", loading->file);
    for (const struct value *value = stream.first; value; value = value->next) {
        if (add_document(loading, value) < 0)
            return -1;
    }
    return 0;
}

static int load_json(struct loading *loading, struct str text)
{
    struct arena arena;
    struct object_header header;
    struct str items;
    int result;

    arena_init(&arena);
    text = str_from(text, utf8_skip_marks(text, 0));
    loading->counted = text.ptr;
    loading->line = 1;
    if (find_json_items(&arena, text, &items, &header))
        result = load_json_items(loading, items, &header);
    else if (is_json_stream(&arena, text))
        result = load_json_stream(loading, text);
    else
        result = load_json_object(loading, text, NULL, NULL);
    arena_release(&arena);
    return result;
}

static int load_file(struct loading *loading, const char *file)
{
    struct str text;
    int result;

    if (file_read(file, FILE_OR_PIPE, OBJECT_FILE_MAX, &text, loading->err) < 0) {
        if (loading->err->code == ERROR_INVALID)
            loading->err->code = ERROR_UNAVAILABLE; /* may be mended without a change that shows here */
        return -1;
    }
    loading->file = file;
    reset_tree(loading);
    if (str_is_blank(text)) /* what an editor leaves for a moment must not empty the cluster */
        result = error_set(loading->err, ERROR_INVALID,
                           "%s:1: the file is empty; delete it if it shall hold nothing", file);
    else
        result = object_paths_is_json(file) ? load_json(loading, text) : load_yaml(loading, text);
    free((void *)(uintptr_t)text.ptr);
    return result;
}

static int load_all(struct loading *loading)
{
    const struct object_files *files = loading->files;
    struct object_paths found;

    if (object_paths_find(&loading->scratch, files->paths, files->path_count, &found, loading->err) < 0)
        return -1;
    loading->snapshot->signature = found.signature;
    for (size_t i = 0; i < found.file_count; i++) {
        if (load_file(loading, found.files[i]) < 0)
            return -1;
    }
    view_build(&loading->snapshot->arena, object_set_finish(&loading->set), random_number(),
               &loading->snapshot->view);
    return 0;
}

int object_files_load(const struct object_files *files, struct snapshot **ret, struct error *err)
{
    struct loading *loading = calloc(1, sizeof(*loading));
    int result;

    if (!loading || !(loading->tree_buffer = malloc(TREE_BUFFER_SIZE)))
        abort();
    loading->snapshot = snapshot_new();
    loading->files = files;
    loading->err = err;
    arena_init(&loading->scratch);
    arena_init(&loading->tree);
    text_pool_init(&loading->texts, &loading->snapshot->arena);
    object_set_init(&loading->set, &loading->scratch);
    result = load_all(loading);
    if (result == 0)
        *ret = loading->snapshot;
    else
        snapshot_release(loading->snapshot);
    arena_release(&loading->scratch);
    arena_release(&loading->tree);
    free(loading->tree_buffer);
    free(loading);
    /* What the reading took goes back to the system: what stays is what is counted. */
    (void)malloc_trim(0);
    return result;
}
