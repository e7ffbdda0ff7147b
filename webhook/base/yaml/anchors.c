/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/anchors.h"

#include <string.h>

_Static_assert(YAML_ANCHORS_MAX * 2 <= YAML_ANCHOR_SLOTS, "the table stays half empty");

/* The slot of that name, or the free one where it belongs. */
static uint16_t *find_slot(const struct yaml_anchors *anchors, struct str name)
{
    size_t i = str_hash(name, (uintptr_t)anchors) % YAML_ANCHOR_SLOTS;

    while (anchors->slots[i] && !str_equal(anchors->items[anchors->slots[i] - 1].name, name))
        i = (i + 1) % YAML_ANCHOR_SLOTS;
    return &anchors->slots[i];
}

struct yaml_anchor *yaml_anchors_find(const struct yaml_anchors *anchors, struct str name)
{
    const uint16_t *slot = anchors->slots ? find_slot(anchors, name) : NULL;

    return slot && *slot ? &anchors->items[*slot - 1] : NULL;
}

struct yaml_anchor *yaml_anchors_add(struct yaml_anchors *anchors, struct arena *arena, struct str name,
                                     struct value *value)
{
    struct yaml_anchor *anchor;
    uint16_t *slot;

    if (!anchors->slots) {
        anchors->items = ARENA_ARRAY(arena, YAML_ANCHORS_MAX, struct yaml_anchor);
        anchors->slots = ARENA_ARRAY(arena, YAML_ANCHOR_SLOTS, uint16_t);
    }
    slot = find_slot(anchors, name);
    if (!*slot && anchors->count == YAML_ANCHORS_MAX)
        return NULL;
    if (!*slot)
        *slot = (uint16_t)++anchors->count;
    anchor = &anchors->items[*slot - 1];
    *anchor = (struct yaml_anchor){.name = arena_str(arena, name), .value = value, .open = true, .weight = 1};
    return anchor;
}

void yaml_anchors_clear(struct yaml_anchors *anchors)
{
    if (anchors->count > 0)
        memset(anchors->slots, 0, YAML_ANCHOR_SLOTS * sizeof(*anchors->slots));
    anchors->count = 0;
}
