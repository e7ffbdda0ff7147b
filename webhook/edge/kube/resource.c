/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/kube/resource.h"

#include "base/character.h"

static bool is_plain(char c)
{
    return char_is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
}

static bool is_name(struct str name)
{
    if (name.len == 0 || name.len > KUBE_NAME_MAX || str_equal(name, STR(".")) || str_equal(name, STR("..")))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_plain(name.ptr[i]) && name.ptr[i] != ':')
            return false;
    }
    return true;
}

static int add_segment(struct text *out, struct str name, struct error *err)
{
    if (!is_name(name))
        return error_set(err, ERROR_INVALID, "\"" STR_FMT "\" cannot be a name in the API's paths",
                         STR_ARG(str_slice(name, 0, KUBE_NAME_MAX)));
    text_add_char(out, '/');
    text_add(out, name);
    return 0;
}

static int add_resource(struct text *out, const struct kube_place *place, struct error *err)
{
    const struct kube_resource *resource = place->resource;

    text_add_c(out, resource->group.len > 0 ? "/apis" : "/api");
    if (resource->group.len > 0 && add_segment(out, resource->group, err) < 0)
        return -1;
    if (add_segment(out, resource->version, err) < 0)
        return -1;
    if (resource->namespaced && place->namespace.len > 0) {
        text_add_c(out, "/namespaces");
        if (add_segment(out, place->namespace, err) < 0)
            return -1;
    }
    return add_segment(out, resource->plural, err);
}

int kube_resource_path(struct text *out, const struct kube_place *place, struct error *err)
{
    if (place->resource->namespaced && place->namespace.len == 0 && place->name.len > 0)
        return error_set(err, ERROR_INVALID, "\"" STR_FMT "\" of which namespace is not said",
                         STR_ARG(str_slice(place->name, 0, KUBE_NAME_MAX)));
    if (add_resource(out, place, err) < 0)
        return -1;
    if (place->name.len > 0 && add_segment(out, place->name, err) < 0)
        return -1;
    return place->subresource.len > 0 ? add_segment(out, place->subresource, err) : 0;
}

void kube_resource_query(struct text *query, const char *name, struct str value)
{
    static const char digits[] = "0123456789ABCDEF";

    if (value.len == 0)
        return;
    text_add_char(query, query->len == 0 ? '?' : '&');
    text_add_c(query, name);
    text_add_char(query, '=');
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.ptr[i];

        if (is_plain(value.ptr[i])) {
            text_add_char(query, value.ptr[i]);
            continue;
        }
        text_add_char(query, '%');
        text_add_char(query, digits[byte >> 4]);
        text_add_char(query, digits[byte & 15]);
    }
}
