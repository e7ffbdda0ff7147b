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

/* Whether a component of a pointer, with its ~0 and ~1, is that key. */
static bool component_is(struct str component, struct str key)
{
    size_t at = 0;

    for (size_t i = 0; i < component.len; i++, at++) {
        char c = component.ptr[i];

        if (c == '~' && i + 1 < component.len)
            c = component.ptr[++i] == '1' ? '/' : '~';
        if (at >= key.len || key.ptr[at] != c)
            return false;
    }
    return at == key.len;
}

static const struct value *child_at(const struct value *parent, struct str component)
{
    const struct value *child = parent->first;
    int64_t index = 0;

    if (parent->kind == VALUE_LIST) {
        if (!str_to_int64(component, 0, INT64_MAX, &index))
            return NULL;
        while (child && index-- > 0)
            child = child->next;
        return child;
    }
    while (child && !component_is(component, child->key))
        child = child->next;
    return child;
}

const struct value *value_at_pointer(const struct value *value, struct str pointer)
{
    struct str rest = str_from(pointer, 1);

    if (pointer.len == 0)
        return value;
    while (value && rest.ptr)
        value = child_at(value, str_cut(&rest, '/'));
    return value;
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
