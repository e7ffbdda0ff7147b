/* SPDX-License-Identifier: Apache-2.0 */
#include "core/workload/rows.h"

/* Says where: "line 3, column 5: workloads[2].kind: ". */
static int wrong(const struct value *at, const char *where, const char *want, struct error *err)
{
    return error_set(err, ERROR_INVALID, "line %u, column %u: %s: expected %s, found %s", at->line,
                     at->column, where, want, value_kind_name(at->kind));
}

static int decode_text(const struct value *value, const char *where, bool may_be_empty, struct str *ret,
                       struct error *err)
{
    if (value->kind != VALUE_STRING)
        return wrong(value, where, "a string", err);
    if (value->text.len == 0 && !may_be_empty)
        return error_set(err, ERROR_INVALID, "line %u, column %u: %s: must not be empty", value->line,
                         value->column, where);
    *ret = value->text;
    return 0;
}

static int decode_pointers(struct arena *arena, const struct value *list, struct workload_row *row,
                           struct error *err)
{
    struct str *pointers;

    if (list->kind != VALUE_LIST)
        return wrong(list, "pointers", "a list", err);
    if (list->count == 0 || list->count > WORKLOAD_POINTERS_MAX)
        return error_set(err, ERROR_INVALID, "line %u, column %u: pointers: expected 1 to %d, found %zu",
                         list->line, list->column, WORKLOAD_POINTERS_MAX, list->count);
    pointers = ARENA_ARRAY(arena, list->count, struct str);
    row->pointers = pointers;
    for (const struct value *pointer = list->first; pointer; pointer = pointer->next) {
        if (decode_text(pointer, "pointers", false, &pointers[row->pointer_count++], err) < 0)
            return -1;
    }
    return 0;
}

static int decode_group(const struct value *member, struct workload_row *row, struct error *err)
{
    if (decode_text(member, "group", true, &row->group, err) < 0)
        return -1;
    if (str_find(row->group, '/') < row->group.len)
        return error_set(err, ERROR_INVALID,
                         "line %u, column %u: group: \"" STR_FMT
                         "\" holds a version, which is a member of its own",
                         member->line, member->column, STR_ARG(row->group));
    return 0;
}

static int decode_member(struct arena *arena, const struct value *member, struct workload_row *row,
                         struct error *err)
{
    if (str_equal(member->key, STR("group")))
        return decode_group(member, row, err);
    if (str_equal(member->key, STR("version")))
        return decode_text(member, "version", true, &row->version, err);
    if (str_equal(member->key, STR("kind")))
        return decode_text(member, "kind", false, &row->kind, err);
    if (str_equal(member->key, STR("pointers")))
        return decode_pointers(arena, member, row, err);
    return error_set(err, ERROR_INVALID,
                     "line %u, column %u: unknown member \"" STR_FMT
                     "\", a row has \"group\", \"version\", \"kind\" and \"pointers\"",
                     member->line, member->column, STR_ARG(member->key));
}

static int decode_row(struct arena *arena, const struct value *map, struct workload_row *ret,
                      struct error *err)
{
    static const struct str required[] = {STR_INIT("group"), STR_INIT("kind"), STR_INIT("pointers")};
    struct workload_row row = {{"", 0}, {"", 0}, {"", 0}, NULL, 0};

    if (map->kind != VALUE_MAP)
        return wrong(map, "row", "a map", err);
    for (const struct value *member = map->first; member; member = member->next) {
        if (decode_member(arena, member, &row, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        if (!value_find(map, required[i]))
            return error_set(err, ERROR_INVALID, "line %u, column %u: \"" STR_FMT "\" is required", map->line,
                             map->column, STR_ARG(required[i]));
    }
    if (workload_paths_check(arena, &row, err) < 0)
        return error_prefix(err, "line %u, column %u", map->line, map->column);
    *ret = row;
    return 0;
}

static bool same_kind(const struct workload_row *a, const struct workload_row *b)
{
    return str_equal(a->group, b->group) && str_equal(a->version, b->version) && str_equal(a->kind, b->kind);
}

static int check_unique(const struct workload_row *rows, size_t count, const struct value *at,
                        struct error *err)
{
    const struct workload_row *row = &rows[count];

    for (size_t i = 0; i < count; i++) {
        if (same_kind(&rows[i], row))
            return error_set(err, ERROR_INVALID,
                             "line %u, column %u: kind \"" STR_FMT "\" of group \"" STR_FMT
                             "\" is already there",
                             at->line, at->column, STR_ARG(row->kind), STR_ARG(row->group));
    }
    return 0;
}

static int decode_rows(struct arena *arena, const struct value *list, const struct workload_row **ret,
                       size_t *ret_count, struct error *err)
{
    struct workload_row *rows = ARENA_ARRAY(arena, list->count, struct workload_row);
    size_t count = 0;

    for (const struct value *map = list->first; map; map = map->next, count++) {
        if (decode_row(arena, map, &rows[count], err) < 0 || check_unique(rows, count, map, err) < 0)
            return error_prefix(err, "workloads[%zu]", count);
    }
    *ret = rows;
    *ret_count = count;
    return 0;
}

int workload_rows_decode(struct arena *arena, const struct value *document, const struct workload_row **ret,
                         size_t *ret_count, struct error *err)
{
    const struct value *list = value_find(document, STR("workloads"));

    if (document->kind != VALUE_MAP)
        return wrong(document, "document", "a map with the member \"workloads\"", err);
    for (const struct value *member = document->first; member; member = member->next) {
        if (member != list)
            return error_set(err, ERROR_INVALID,
                             "line %u, column %u: unknown member \"" STR_FMT "\", expected \"workloads\"",
                             member->line, member->column, STR_ARG(member->key));
    }
    if (!list)
        return error_set(err, ERROR_INVALID, "line %u, column %u: \"workloads\" is required", document->line,
                         document->column);
    if (list->kind != VALUE_LIST)
        return wrong(list, "workloads", "a list", err);
    if (list->count > WORKLOAD_ROWS_MAX)
        return error_set(err, ERROR_TOO_LARGE, "workloads: more than %d rows", WORKLOAD_ROWS_MAX);
    return decode_rows(arena, list, ret, ret_count, err);
}
