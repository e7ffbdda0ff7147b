/* SPDX-License-Identifier: Apache-2.0 */
#include "base/value.h"

#include <stdarg.h>

const struct value *value_find(const struct value *map, struct str key)
{
    if (!map || map->kind != VALUE_MAP)
        return NULL;
    for (const struct value *member = map->first; member; member = member->next) {
        if (str_equal(member->key, key))
            return member;
    }
    return NULL;
}

const struct value *value_find_nocase(const struct value *map, struct str key)
{
    const struct value *found = NULL;

    if (!map || map->kind != VALUE_MAP)
        return NULL;
    for (const struct value *member = map->first; member; member = member->next) {
        if (str_equal_nocase(member->key, key))
            found = member;
    }
    return found;
}

const struct value *value_path(const struct value *map, ...)
{
    va_list names;
    const char *name;

    va_start(names, map);
    while (map && (name = va_arg(names, const char *)) != NULL)
        map = value_find(map, str_from_c(name));
    va_end(names);
    return map;
}

bool value_is_string(const struct value *value)
{
    return value && value->kind == VALUE_STRING;
}

struct str value_string(const struct value *value)
{
    return value_is_string(value) ? value->text : (struct str){"", 0};
}

const char *value_kind_name(enum value_kind kind)
{
    static const char *const names[] = {"null", "a boolean", "a number", "a string", "a list", "a map"};

    return names[kind];
}
