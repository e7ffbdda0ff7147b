/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/image_outline.h"

#include "base/json/read.h"
#include "base/value.h"
#include "core/image/digest.h"

static bool is_attestation(const struct value *descriptor)
{
    struct str type = value_string(value_path(descriptor, "annotations", "vnd.docker.reference.type", NULL));
    struct str os = value_string(value_path(descriptor, "platform", "os", NULL));
    struct str architecture = value_string(value_path(descriptor, "platform", "architecture", NULL));

    return type.len > 0 || (str_equal(os, STR("unknown")) && str_equal(architecture, STR("unknown")));
}

static int64_t size_of(const struct value *descriptor)
{
    const struct value *size = value_find(descriptor, STR("size"));
    int64_t number;

    if (!size || size->kind != VALUE_NUMBER || !str_to_int64(size->text, 0, INT64_MAX / 4096, &number))
        return 0;
    return number;
}

static int read_part(const struct value *descriptor, struct image_part *ret, struct error *err)
{
    *ret = (struct image_part){
        .digest = value_string(value_find(descriptor, STR("digest"))),
        .media_type = value_string(value_find(descriptor, STR("mediaType"))),
        .size = size_of(descriptor),
        .architecture = value_string(value_path(descriptor, "platform", "architecture", NULL)),
        .os = value_string(value_path(descriptor, "platform", "os", NULL)),
        .variant = value_string(value_path(descriptor, "platform", "variant", NULL)),
        .is_attestation = is_attestation(descriptor),
    };
    if (!digest_is_valid(ret->digest))
        return error_set(err, ERROR_INVALID, "a descriptor of the manifest has no valid digest");
    return 0;
}

static int read_parts(struct arena *arena, const struct value *list, size_t max, struct image_outline *ret,
                      struct error *err)
{
    if (!list || list->kind != VALUE_LIST)
        return error_set(err, ERROR_INVALID, "the manifest has no list of layers or manifests");
    ret->parts = ARENA_ARRAY(arena, list->count + 1, struct image_part);
    for (const struct value *item = list->first; item && ret->count < max; item = item->next) {
        if (read_part(item, &ret->parts[ret->count++], err) < 0)
            return -1;
    }
    return 0;
}

int image_outline_read(struct arena *arena, struct str document, struct str media_type,
                       struct image_outline *ret, struct error *err)
{
    const struct value *manifests;
    const struct value *config;
    struct value *value;
    struct str own;

    *ret = (struct image_outline){.media_type = media_type};
    if (json_read(arena, document, &value, err) < 0)
        return error_set(err, ERROR_INVALID, "the manifest is no JSON that can be read");
    own = value_string(value_find(value, STR("mediaType")));
    if (own.len > 0)
        ret->media_type = own;
    manifests = value_find(value, STR("manifests"));
    ret->is_index = manifests != NULL;
    if (ret->is_index)
        return read_parts(arena, manifests, IMAGE_CHILDREN_MAX, ret, err);
    config = value_find(value, STR("config"));
    if (config && read_part(config, &ret->config, err) < 0)
        return -1;
    return read_parts(arena, value_find(value, STR("layers")), IMAGE_LAYERS_MAX, ret, err);
}

static bool is_of(const struct image_part *part, const struct image_platform *platform)
{
    return str_equal(part->os, platform->os) && str_equal(part->architecture, platform->architecture) &&
           (platform->variant.len == 0 || part->variant.len == 0 ||
            str_equal(part->variant, platform->variant));
}

const struct image_part *image_outline_child(const struct image_outline *index,
                                             const struct image_platform *platform)
{
    const struct image_part *first = NULL;

    for (size_t i = 0; i < index->count; i++) {
        const struct image_part *part = &index->parts[i];

        if (part->is_attestation)
            continue;
        if (is_of(part, platform))
            return part;
        if (!first)
            first = part;
    }
    return first;
}

bool image_outline_has_image_config(const struct image_outline *manifest)
{
    struct str type = manifest->config.media_type;

    return manifest->config.digest.len > 0 &&
           (str_equal(type, STR("application/vnd.oci.image.config.v1+json")) ||
            str_equal(type, STR("application/vnd.docker.container.image.v1+json")));
}
