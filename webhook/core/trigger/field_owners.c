/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/field_owners.h"

/* The fields of a set below "f:a" and "f:b" of "/a/b", a pointer without escapes. */
static const struct value *fields_at(struct arena *arena, const struct value *fields, struct str pointer)
{
    struct str rest = str_from(pointer, 1);

    while (rest.ptr)
        fields = value_find(fields, arena_join(arena, STR("f:"), str_cut(&rest, '/')));
    return fields;
}

static const struct value *fields_of_container(struct arena *arena, const struct value *spec,
                                               const struct moving_position *position)
{
    struct str list =
        position->list == POSITION_INIT_CONTAINERS ? STR("f:initContainers") : STR("f:containers");

    return value_find(value_find(spec, list),
                      arena_join(arena, STR("k:{\"name\":\""), position->name, STR("\"}")));
}

static void read_trigger_manager(struct arena *arena, const struct value *spec,
                                 const struct moving_positions *positions)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct moving_position *position = &positions->items[i];

        if (position->list != POSITION_VOLUMES &&
            value_find(fields_of_container(arena, spec, position), STR("f:image")))
            position->triggered = true;
    }
}

static void read_other_manager(struct arena *arena, const struct value *spec,
                               const struct moving_positions *positions)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct moving_position *position = &positions->items[i];

        if (position->abandoned && fields_of_container(arena, spec, position))
            position->abandoned = false;
    }
}

static bool owns_refresh(const struct value *fields)
{
    return value_path(fields, "f:metadata", "f:annotations", "f:" REFRESH_ANNOTATION, NULL) != NULL;
}

static bool is_apply_of(const struct value *entry, struct str manager)
{
    return str_equal(value_string(value_find(entry, STR("manager"))), manager) &&
           str_equal(value_string(value_find(entry, STR("operation"))), STR("Apply"));
}

/* What our two managers own. */
static struct field_owners read_ours(struct arena *arena, const struct value *first, struct str template,
                                     const struct moving_positions *positions)
{
    struct field_owners owners = {.refresh = false};

    for (const struct value *entry = first; entry; entry = entry->next) {
        const struct value *fields = value_find(entry, STR("fieldsV1"));
        const struct value *below = fields_at(arena, fields, template);

        if (is_apply_of(entry, STR(TRIGGER_MANAGER)))
            read_trigger_manager(arena, value_find(below, STR("f:spec")), positions);
        if (!is_apply_of(entry, STR(FOLLOW_MANAGER)))
            continue;
        owners.refresh = owners.refresh || owns_refresh(fields);
        owners.template_refresh = owners.template_refresh || owns_refresh(below);
    }
    return owners;
}

struct field_owners field_owners_read(struct arena *arena, const struct value *managed_fields,
                                      struct str template, const struct moving_positions *positions)
{
    const struct value *first = managed_fields ? managed_fields->first : NULL;
    struct field_owners owners = read_ours(arena, first, template, positions);

    for (size_t i = 0; i < positions->count; i++)
        positions->items[i].abandoned = positions->items[i].triggered;
    for (const struct value *entry = first; entry; entry = entry->next) {
        const struct value *below = fields_at(arena, value_find(entry, STR("fieldsV1")), template);

        if (!is_apply_of(entry, STR(TRIGGER_MANAGER)))
            read_other_manager(arena, value_find(below, STR("f:spec")), positions);
    }
    return owners;
}
