/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as the annotation image.openshift.io/triggers, and as one fieldPath.
 * What is taken is whole, and each entry is either taken or reported.
 */
#include "core/trigger/trigger_list.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void check_field(const struct image_field *field)
{
    expect(field->name.len == 0 || field->index == 0);
    expect(field->index <= FIELD_PATH_INDEX_MAX);
    expect(str_find(field->name, '"') == field->name.len && str_find(field->name, ']') == field->name.len);
}

static void check_list(const struct trigger_list *list)
{
    expect(list->count + list->problem_count <= TRIGGERS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        expect(list->items[i].stream.len > 0 && list->items[i].tag.len > 0);
        check_field(&list->items[i].field);
    }
    for (size_t i = 0; i < list->problem_count; i++)
        expect(list->problems[i].len > 0 && list->problems[i].len < ERROR_TEXT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str pod_specs[] = {STR_INIT("spec.template.spec"),
                                           STR_INIT("spec.jobTemplate.spec.template.spec")};
    struct str text = {(const char *)data, size};
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(pod_specs); i++) {
        struct trigger_list list;
        struct image_field field;
        struct error err;

        trigger_list_parse(&arena, text, pod_specs[i], &list);
        check_list(&list);
        if (field_path_parse(text, pod_specs[i], &field, &err) == 0)
            check_field(&field);
        else
            expect(err.text[0] != '\0');
    }
    arena_release(&arena);
    return 0;
}
