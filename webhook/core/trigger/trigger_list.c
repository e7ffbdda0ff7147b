/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/trigger_list.h"

#include "base/json/read.h"

static int read_paused(const struct value *value, bool *ret, struct error *err)
{
    struct str text = value_string(value);

    *ret = value && value->kind == VALUE_BOOL && value->boolean;
    if (!value || value->kind == VALUE_BOOL || value->kind == VALUE_NULL)
        return 0;
    *ret = str_equal_nocase(text, STR("true"));
    if (value_is_string(value) && (*ret || text.len == 0 || str_equal_nocase(text, STR("false"))))
        return 0;
    return error_set(err, ERROR_INVALID, "paused is %s, want true or false",
                     value_is_string(value) ? "another text" : value_kind_name(value->kind));
}

/* Of the groups that have image streams, or none. */
static bool is_stream_api(struct str api_version)
{
    return api_version.len == 0 || str_starts(api_version, STR("image.openshift.io/")) ||
           str_starts(api_version, STR("weir.dev/"));
}

static int read_source(const struct value *from, struct image_trigger *ret, struct error *err)
{
    struct str kind = value_string(value_find(from, STR("kind")));
    struct str name = str_trim(value_string(value_find(from, STR("name"))));
    size_t colon = str_find(name, ':');

    if (!from || from->kind != VALUE_MAP)
        return error_set(err, ERROR_INVALID, "from is missing, want an object");
    if (!str_equal(kind, STR("ImageStreamTag")) ||
        !is_stream_api(value_string(value_find(from, STR("apiVersion")))))
        return error_set(err, ERROR_INVALID, "from.kind is \"" STR_FMT "\", want ImageStreamTag",
                         STR_ARG(kind));
    ret->namespace = str_trim(value_string(value_find(from, STR("namespace"))));
    ret->stream = str_slice(name, 0, colon);
    ret->tag = str_from(name, colon + 1);
    if (ret->stream.len == 0 || ret->tag.len == 0 || str_find(ret->tag, ':') < ret->tag.len)
        return error_set(err, ERROR_INVALID, "from.name is \"" STR_FMT "\", want STREAM:TAG", STR_ARG(name));
    return 0;
}

static int read_trigger(const struct value *entry, struct str pod_spec, struct image_trigger *ret,
                        struct error *err)
{
    *ret = (struct image_trigger){.path = value_string(value_find(entry, STR("fieldPath")))};
    if (entry->kind != VALUE_MAP)
        return error_set(err, ERROR_INVALID, "%s, want an object", value_kind_name(entry->kind));
    if (read_source(value_find(entry, STR("from")), ret, err) < 0 ||
        read_paused(value_find(entry, STR("paused")), &ret->paused, err) < 0)
        return -1;
    if (field_path_parse(ret->path, pod_spec, &ret->field, err) < 0)
        return error_prefix(err, "fieldPath");
    return 0;
}

static void one_problem(struct arena *arena, const struct error *err, struct trigger_list *ret)
{
    struct str *problem = ARENA_NEW(arena, struct str);

    *problem = arena_str(arena, error_text(err));
    ret->problems = problem;
    ret->problem_count = 1;
}

static int read_text(struct arena *arena, struct str text, struct value **ret, struct error *err)
{
    if (text.len > TRIGGERS_TEXT_MAX)
        return error_set(err, ERROR_TOO_LARGE, "longer than %d bytes", TRIGGERS_TEXT_MAX);
    if (json_read(arena, text, ret, err) < 0)
        return error_prefix(err, "no JSON");
    if ((*ret)->kind != VALUE_LIST)
        return error_set(err, ERROR_INVALID, "%s, want a list of triggers", value_kind_name((*ret)->kind));
    if ((*ret)->count > TRIGGERS_MAX)
        return error_set(err, ERROR_TOO_LARGE, "more than %d triggers", TRIGGERS_MAX);
    return 0;
}

void trigger_list_parse(struct arena *arena, struct str text, struct str pod_spec, struct trigger_list *ret)
{
    struct image_trigger *items;
    struct str *problems;
    struct value *list;
    struct error err;
    size_t index = 0;

    *ret = (struct trigger_list){.count = 0};
    if (str_is_blank(text))
        return;
    if (read_text(arena, text, &list, &err) < 0) {
        one_problem(arena, &err, ret);
        return;
    }
    items = ARENA_ARRAY(arena, list->count + 1, struct image_trigger);
    problems = ARENA_ARRAY(arena, list->count + 1, struct str);
    for (const struct value *entry = list->first; entry; entry = entry->next, index++) {
        if (read_trigger(entry, pod_spec, &items[ret->count], &err) == 0)
            ret->count++;
        else if (error_prefix(&err, "[%zu]", index) < 0)
            problems[ret->problem_count++] = arena_str(arena, error_text(&err));
    }
    ret->items = items;
    ret->problems = problems;
}
