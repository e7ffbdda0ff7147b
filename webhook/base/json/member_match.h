/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_BASE_JSON_MEMBER_MATCH_H
#define WEIR_BASE_JSON_MEMBER_MATCH_H

#include "base/json/members.h"
#include <string.h>

/* Which field a member's name asks for; inline, since each member of each object passes here. */

/* Equal bytes, `len` at least 1: the first and the last few are all there are, mostly. */
static inline bool json_scan_same(const char *a, const char *b, size_t len)
{
    uint64_t x[2], y[2];

    if (len > 16 || len == 1)
        return memcmp(a, b, len) == 0;
    if (len >= 8) {
        memcpy(&x[0], a, 8);
        memcpy(&y[0], b, 8);
        memcpy(&x[1], a + len - 8, 8);
        memcpy(&y[1], b + len - 8, 8);
        return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
    }
    if (len >= 4) {
        uint32_t v[4];

        memcpy(&v[0], a, 4);
        memcpy(&v[1], b, 4);
        memcpy(&v[2], a + len - 4, 4);
        memcpy(&v[3], b + len - 4, 4);
        return ((v[0] ^ v[1]) | (v[2] ^ v[3])) == 0;
    }
    return a[0] == b[0] && a[1] == b[1] && a[len - 1] == b[len - 1];
}

static inline bool json_scan_is_named(const struct json_scan_field *field, struct str name)
{
    return field->name.len == name.len && json_scan_same(field->name.ptr, name.ptr, name.len);
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
