/* SPDX-License-Identifier: Apache-2.0 */
#include "core/workload/paths.h"

#include <stdlib.h>

static const struct str spec[] = {STR_INIT("/spec")};
static const struct str template_spec[] = {STR_INIT("/template/spec")};
static const struct str spec_template_spec[] = {STR_INIT("/spec/template/spec")};
static const struct str job_template_spec[] = {STR_INIT("/spec/jobTemplate/spec/template/spec")};

#define ROW(group_text, kind_text, list)                                                                     \
    {                                                                                                        \
        STR_INIT(group_text), STR_INIT(""), STR_INIT(kind_text), list, ARRAY_LEN(list)                       \
    }

/* "extensions" is what servers before 1.16 called apps; matchPolicy Exact can still send it. */
const struct workload_row workload_paths_builtin[] = {
    ROW("", "Pod", spec),
    ROW("", "PodTemplate", template_spec),
    ROW("", "ReplicationController", spec_template_spec),
    ROW("apps", "DaemonSet", spec_template_spec),
    ROW("apps", "Deployment", spec_template_spec),
    ROW("apps", "ReplicaSet", spec_template_spec),
    ROW("apps", "StatefulSet", spec_template_spec),
    ROW("batch", "CronJob", job_template_spec),
    ROW("batch", "Job", spec_template_spec),
    ROW("extensions", "DaemonSet", spec_template_spec),
    ROW("extensions", "Deployment", spec_template_spec),
    ROW("extensions", "ReplicaSet", spec_template_spec),
};
const size_t workload_paths_builtin_count = ARRAY_LEN(workload_paths_builtin);

/* While a tree is built its nodes are its builder's to write. */
static struct path_node *child_for(struct arena *arena, struct path_node *node, struct str key)
{
    struct path_node *children = (struct path_node *)(uintptr_t)node->children;

    for (size_t i = 0; i < node->child_count; i++) {
        if (str_equal(children[i].key, key))
            return &children[i];
    }
    children = arena_grow(arena, children, node->child_count, node->child_count + 1, sizeof(*children));
    node->children = children;
    children[node->child_count].key = key;
    return &children[node->child_count++];
}

/* ~1 is "/", ~0 is "~" (RFC 6901). */
static struct str unescape(struct arena *arena, struct str component)
{
    char *out;
    size_t len = 0;

    if (str_find(component, '~') == component.len)
        return component;
    out = arena_alloc(arena, component.len);
    for (size_t i = 0; i < component.len; i++) {
        char c = component.ptr[i];

        if (c == '~' && i + 1 < component.len) {
            i++;
            c = component.ptr[i] == '1' ? '/' : '~';
        }
        out[len++] = c;
    }
    return (struct str){out, len};
}

static bool good_component(struct str component)
{
    for (size_t i = 0; i < component.len; i++) {
        bool last = i + 1 == component.len;

        if (component.ptr[i] == '~' && (last || (component.ptr[i + 1] != '0' && component.ptr[i + 1] != '1')))
            return false;
    }
    return component.len > 0;
}

static int add_pointer(struct arena *arena, struct path_node *root, struct str pointer, struct error *err)
{
    struct path_node *node = root;
    struct str rest = str_from(pointer, 1);
    size_t depth = 0;

    if (pointer.len < 2 || pointer.ptr[0] != '/')
        return error_set(err, ERROR_INVALID,
                         "pointer \"" STR_FMT "\" must begin with \"/\" and name a member", STR_ARG(pointer));
    while (rest.ptr) {
        struct str component = str_cut(&rest, '/');

        if (!good_component(component) || ++depth > WORKLOAD_POINTER_COMPONENTS_MAX)
            return error_set(err, ERROR_INVALID,
                             "pointer \"" STR_FMT "\" is no JSON Pointer of 1 to %d members",
                             STR_ARG(pointer), WORKLOAD_POINTER_COMPONENTS_MAX);
        node = child_for(arena, node, unescape(arena, component));
        if (node->leaf)
            return error_set(err, ERROR_INVALID,
                             "pointer \"" STR_FMT "\" leads into another one, or is there twice",
                             STR_ARG(pointer));
    }
    if (node->child_count > 0)
        return error_set(err, ERROR_INVALID, "another pointer leads into \"" STR_FMT "\"", STR_ARG(pointer));
    node->leaf = true;
    return 0;
}

/* The tree's node at a pointer without "*" and escapes, which is there. */
static struct path_node *node_at(struct arena *arena, struct path_node *root, struct str pointer)
{
    struct path_node *node = root;
    struct str rest = str_from(pointer, 1);

    while (rest.ptr)
        node = child_for(arena, node, str_cut(&rest, '/'));
    return node;
}

/* "<template>/spec" of one template: without "*" and escapes, and below the object itself. */
static bool is_template_spec(struct str pointer)
{
    return str_find(pointer, '*') == pointer.len && str_find(pointer, '~') == pointer.len &&
           str_ends(pointer, STR("/spec")) && pointer.len > STR("/spec").len;
}

/* A place that can hold no pod template: one image. */
static bool is_lone_image(struct str pointer)
{
    return str_ends(pointer, STR("/image"));
}

/* The pod template of a row whose other pointers, if there are any, are lone images; else the empty text. */
static struct str find_template(const struct workload_row *row)
{
    struct str found = {"", 0};

    for (size_t i = 0; i < row->pointer_count; i++) {
        struct str pointer = row->pointers[i];

        if (is_lone_image(pointer))
            continue;
        if (found.len > 0 || !is_template_spec(pointer))
            return STR("");
        found = str_slice(pointer, 0, pointer.len - STR("/spec").len);
    }
    return found;
}

static void mark_metadata(struct arena *arena, struct workload_kind *kind, const struct workload_row *row)
{
    struct path_node *metadata = child_for(arena, &kind->root, STR("metadata"));

    metadata->metadata = true;
    kind->template_pointer = find_template(row);
    if (kind->template_pointer.len == 0)
        return;
    metadata = child_for(arena, node_at(arena, &kind->root, kind->template_pointer), STR("metadata"));
    metadata->metadata = true;
    metadata->template = true;
}

/* Once the tree is whole: what a reader of each map asks for. WORKLOAD_POINTERS_MAX bounds its width. */
static void name_children(struct arena *arena, struct path_node *node)
{
    struct path_node *children = (struct path_node *)(uintptr_t)node->children;
    struct json_scan_field *fields = ARENA_ARRAY(arena, node->child_count, struct json_scan_field);

    _Static_assert(WORKLOAD_POINTERS_MAX + 2 <= JSON_SCAN_WANTED_MAX, "metadata and each pointer's member");
    node->wanted = (struct json_scan_wanted){.fields = fields, .count = node->child_count};
    for (size_t i = 0; i < node->child_count; i++) {
        fields[i] = (struct json_scan_field){
            .name = children[i].key, .offset = JSON_SCAN_ASK, .bit = UINT64_C(1) << i};
        node->wanted.signatures |= JSON_SCAN_SIGNATURE(children[i].key.len, children[i].key.ptr[0]);
        name_children(arena, &children[i]);
    }
}

static bool is_builtin(const struct workload_row *row)
{
    for (size_t i = 0; i < workload_paths_builtin_count; i++) {
        if (str_equal(workload_paths_builtin[i].group, row->group) &&
            str_equal(workload_paths_builtin[i].kind, row->kind))
            return true;
    }
    return false;
}

static int build_kind(struct arena *arena, const struct workload_row *row, struct workload_kind *ret,
                      struct error *err)
{
    *ret = (struct workload_kind){.group = row->group, .version = row->version, .kind = row->kind};
    ret->is_pod = row->group.len == 0 && str_equal(row->kind, STR("Pod"));
    ret->is_job = str_equal(row->group, STR("batch")) && str_equal(row->kind, STR("Job"));
    ret->is_builtin = is_builtin(row);
    if (row->kind.len == 0 || row->pointer_count == 0 || row->pointer_count > WORKLOAD_POINTERS_MAX)
        return error_set(err, ERROR_INVALID, "a workload row needs a kind and 1 to %d pointers",
                         WORKLOAD_POINTERS_MAX);
    for (size_t i = 0; i < row->pointer_count; i++) {
        if (add_pointer(arena, &ret->root, row->pointers[i], err) < 0)
            return error_prefix(err, "workload \"" STR_FMT "\"", STR_ARG(row->kind));
    }
    mark_metadata(arena, ret, row);
    name_children(arena, &ret->root);
    return 0;
}

int workload_paths_check(struct arena *arena, const struct workload_row *row, struct error *err)
{
    struct workload_kind kind;

    return build_kind(arena, row, &kind, err);
}

/* The shorter first: most are told apart by their length. */
static inline int compare_names(struct str a, struct str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

static int compare_kinds(const void *a, const void *b)
{
    const struct workload_kind *x = a;
    const struct workload_kind *y = b;
    int order = compare_names(x->kind, y->kind);

    if (order == 0)
        order = str_compare(x->group, y->group);
    return order ? order : str_compare(x->version, y->version);
}

static struct workload_kind *find_exact(const struct workload_table *table, struct str group,
                                        struct str version, struct str kind)
{
    struct workload_kind key = {.group = group, .version = version, .kind = kind};

    if (table->count == 0)
        return NULL;
    return bsearch(&key, table->kinds, table->count, sizeof(key), compare_kinds);
}

static int add_row(struct arena *arena, struct workload_table *table, struct workload_kind *kinds,
                   const struct workload_row *row, struct error *err)
{
    struct workload_kind *same = find_exact(table, row->group, row->version, row->kind);
    struct workload_kind kind;

    if (build_kind(arena, row, &kind, err) < 0)
        return -1;
    if (same) {
        *same = kind;
        return 0;
    }
    kinds[table->count++] = kind;
    qsort(kinds, table->count, sizeof(*kinds), compare_kinds);
    return 0;
}

int workload_paths_build(struct arena *arena, const struct workload_row *rows, size_t count,
                         struct workload_table *ret, struct error *err)
{
    struct workload_kind *kinds =
        ARENA_ARRAY(arena, workload_paths_builtin_count + count, struct workload_kind);
    struct workload_table table = {.kinds = kinds};

    for (size_t i = 0; i < workload_paths_builtin_count; i++) {
        if (add_row(arena, &table, kinds, &workload_paths_builtin[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (add_row(arena, &table, kinds, &rows[i], err) < 0)
            return -1;
    }
    *ret = table;
    return 0;
}

/* The first row of that kind, whatever its group; rows of one kind stand side by side. */
static size_t first_of_kind(const struct workload_table *table, struct str kind)
{
    size_t low = 0;
    size_t high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_names(table->kinds[middle].kind, kind) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct workload_kind *workload_paths_find(const struct workload_table *table, struct str group,
                                                struct str version, struct str kind)
{
    const struct workload_kind *any_version = NULL;

    for (size_t i = first_of_kind(table, kind); i < table->count; i++) {
        const struct workload_kind *row = &table->kinds[i];

        if (!str_equal(row->kind, kind))
            break;
        if (!str_equal(row->group, group))
            continue;
        if (str_equal(row->version, version))
            return row;
        if (row->version.len == 0)
            any_version = row;
    }
    return any_version;
}

bool workload_paths_is_variable(const struct workload_kind *kind, struct str image)
{
    return !kind->is_builtin && (str_contains(image, STR("$(")) || str_contains(image, STR("${")) ||
                                 str_contains(image, STR("{{")));
}
