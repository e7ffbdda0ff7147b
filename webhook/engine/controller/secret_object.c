/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/secret_object.h"

#include "base/base64.h"
#include "base/json/write.h"

struct str secret_object_member(struct arena *arena, const struct value *secret, struct str key)
{
    struct str encoded = value_string(value_find(value_find(secret, STR("data")), key));
    struct str decoded = {NULL, 0};
    struct error err;

    if (base64_decode(arena, encoded, &decoded, &err) < 0)
        return STR("");
    return decoded;
}

static void encode_member(struct json_writer *writer, struct arena *arena, const struct secret_member *member)
{
    size_t len = base64_encoded_len(member->value.len);
    char *encoded = arena_alloc(arena, len + 1);

    base64_encode(member->value, encoded);
    json_write_member_str(writer, member->key, (struct str){encoded, len});
}

static void encode_data(struct json_writer *writer, const struct secret_place *place,
                        const struct secret_member *members, size_t count)
{
    json_write_key(writer, STR("data"));
    json_write_map_open(writer);
    for (size_t i = 0; i < count; i++) {
        if (members[i].value.len > 0) {
            encode_member(writer, writer->out->arena, &members[i]);
        } else if (place->resource_version.len > 0) {
            json_write_key(writer, members[i].key);
            json_write_null(writer);
        }
    }
    json_write_map_close(writer);
}

static void encode_new_metadata(struct json_writer *writer, const struct secret_place *place)
{
    json_write_member_str(writer, STR("apiVersion"), STR("v1"));
    json_write_member_str(writer, STR("kind"), STR("Secret"));
    json_write_member_str(writer, STR("type"), place->type);
    json_write_key(writer, STR("metadata"));
    json_write_map_open(writer);
    json_write_member_str(writer, STR("name"), place->name);
    json_write_member_str(writer, STR("namespace"), place->namespace);
    json_write_key(writer, STR("labels"));
    json_write_map_open(writer);
    json_write_member_str(writer, STR("app.kubernetes.io/name"), STR("weir"));
    json_write_member_str(writer, STR("app.kubernetes.io/managed-by"), STR("weir-controller"));
    json_write_map_close(writer);
    json_write_map_close(writer);
}

static void encode_version(struct json_writer *writer, struct str version)
{
    json_write_key(writer, STR("metadata"));
    json_write_map_open(writer);
    json_write_member_str(writer, STR("resourceVersion"), version);
    json_write_map_close(writer);
}

void secret_object_encode(struct text *out, const struct secret_place *place,
                          const struct secret_member *members, size_t count)
{
    struct json_writer writer;
    struct error err;

    json_write_init(&writer, out);
    json_write_map_open(&writer);
    if (place->resource_version.len == 0)
        encode_new_metadata(&writer, place);
    else
        encode_version(&writer, place->resource_version);
    encode_data(&writer, place, members, count);
    json_write_map_close(&writer);
    if (json_write_finish(&writer, &err) < 0)
        out->too_long = true; /* the server refuses what is cut */
}
