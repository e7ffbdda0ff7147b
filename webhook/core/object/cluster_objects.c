/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/cluster_objects.h"

bool namespace_object_is_shared(const struct namespace_object *object)
{
    for (size_t i = 0; object && i < object->label_count; i++) {
        if (str_equal(object->labels[i].key, STR("weir.dev/shared")))
            return str_equal(object->labels[i].value, STR("true"));
    }
    return false;
}
