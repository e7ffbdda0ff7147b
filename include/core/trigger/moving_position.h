/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CORE_TRIGGER_MOVING_POSITION_H
#define WEIR_CORE_TRIGGER_MOVING_POSITION_H

#include "base/value.h"
#include "core/workload/object.h"

/* One place of a pod spec that names an image: a container of either list, or a volume. */
struct moving_position {
    enum position_list list;
    size_t index; /* in its list */
    struct str name;
    struct str key;   /* in weir.dev/images: the name, of a volume "volume/<name>" */
    struct str image; /* as written, may be blank */
    bool triggered;   /* the field manager weir-trigger owns its image */
    bool abandoned;   /* and no other manager owns anything of the container any more */
};

struct moving_positions {
    struct moving_position *items; /* containers, then init containers, then volumes */
    size_t count;
};

/* Of a pod spec, which may be NULL; those without a name are left out. At most POSITIONS_MAX; texts are
 * copied. */
void moving_position_read(struct arena *arena, const struct value *pod_spec, struct moving_positions *ret);

/* NULL where there is none. */
struct moving_position *moving_position_find(const struct moving_positions *positions,
                                             enum position_list list, struct str name);

#endif
