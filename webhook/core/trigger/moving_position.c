/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/moving_position.h"

static const struct position_source {
    enum position_list list;
    struct str member;
    struct str key_prefix;
} sources[] = {
    {POSITION_CONTAINERS, STR_INIT("containers"), STR_INIT("")},
    {POSITION_INIT_CONTAINERS, STR_INIT("initContainers"), STR_INIT("")},
    {POSITION_VOLUMES, STR_INIT("volumes"), STR_INIT("volume/")},
};

/* NULL: it names no image. */
static const struct value *image_of(const struct position_source *source, const struct value *item)
{
    if (source->list == POSITION_VOLUMES)
        return value_path(item, "image", "reference", NULL);
    return value_find(item, STR("image"));
}

static void read_list(struct arena *arena, const struct position_source *source, const struct value *list,
                      struct moving_positions *ret)
{
    size_t index = 0;

    for (const struct value *item = list ? list->first : NULL; item; item = item->next, index++) {
        struct str name = value_string(value_find(item, STR("name")));
        const struct value *image = image_of(source, item);

        if (name.len == 0 || ret->count == POSITIONS_MAX ||
            (source->list == POSITION_VOLUMES && !value_is_string(image)))
            continue;
        ret->items[ret->count++] = (struct moving_position){
            .list = source->list,
            .index = index,
            .name = arena_str(arena, name),
            .key = arena_join(arena, source->key_prefix, name),
            .image = arena_str(arena, value_string(image)),
        };
    }
}

void moving_position_read(struct arena *arena, const struct value *pod_spec, struct moving_positions *ret)
{
    size_t most = 0;

    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        const struct value *list = value_find(pod_spec, sources[i].member);

        most += list ? list->count : 0;
    }
    most = most < POSITIONS_MAX ? most : POSITIONS_MAX;
    *ret = (struct moving_positions){ARENA_ARRAY(arena, most + 1, struct moving_position), 0};
    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        read_list(arena, &sources[i], value_find(pod_spec, sources[i].member), ret);
}

struct moving_position *moving_position_find(const struct moving_positions *positions,
                                             enum position_list list, struct str name)
{
    for (size_t i = 0; i < positions->count; i++) {
        if (positions->items[i].list == list && str_equal(positions->items[i].name, name))
            return &positions->items[i];
    }
    return NULL;
}
