/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/cluster_objects.h"

static bool has_label(const struct namespace_object *object, struct str key, struct str value)
{
    for (size_t i = 0; object && i < object->label_count; i++) {
        if (str_equal(object->labels[i].key, key))
            return str_equal(object->labels[i].value, value);
    }
    return false;
}

bool cluster_objects_is_shared(const struct namespace_object *object)
{
    return has_label(object, STR("weir.dev/shared"), STR("true"));
}

bool cluster_objects_is_strict(const struct namespace_object *object)
{
    return has_label(object, STR("weir.dev/enforce"), STR("strict"));
}
