/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_MEMBER_MATCH_H
#define WEIR_BASE_JSON_MEMBER_MATCH_H

#include "base/json/members.h"
#include <string.h>

/* Which field a member's name asks for; inline, since each member of each object passes here. */

static inline bool json_scan_is_named(const struct json_scan_field *field, struct str name)
{
    return str_equal(field->name, name);
}

/* The field of a member with that name; NULL where none is asked for. */
static inline const struct json_scan_field *json_scan_field_named(struct json_scan_map *map, struct str name)
{
    const struct json_scan_field *field = map->expected;
    const struct json_scan_field *end = map->wanted->fields + map->wanted->count;

    if (field == end || !json_scan_is_named(field, name)) {
        field = map->wanted->fields;
        while (field < end && !json_scan_is_named(field, name))
            field++;
        if (field == end)
            return NULL;
    }
    map->expected = field + 1;
    return field;
}

/* Whether a name may be among those that are asked for; of an empty one the byte behind it is looked at. */
static inline bool json_scan_may_want(const struct json_scan_wanted *wanted, struct str name)
{
    return (wanted->signatures & JSON_SCAN_SIGNATURE(name.len, name.ptr[0])) != 0;
}

static inline void json_scan_store(struct json_scan_map *map, const struct json_scan_field *field,
                                   struct str text)
{
    memcpy(map->target + field->offset, &text, sizeof(text));
}

#endif
