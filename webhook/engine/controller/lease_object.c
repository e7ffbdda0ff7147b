/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/controller/lease_object.h"

#include "base/json/read.h"
#include "base/json/write.h"
#include "base/timestamp.h"

enum { MICRO = 1000000, DURATION_S_MAX = 86400, TRANSITIONS_MAX = INT32_MAX };

static int64_t number_of(const struct value *map, struct str key, int64_t max)
{
    const struct value *value = value_find(map, key);
    int64_t number = 0;

    if (!value || value->kind != VALUE_NUMBER || !str_to_int64(value->text, 0, max, &number))
        return 0;
    return number;
}

int lease_object_decode(struct arena *arena, struct str json, struct lease_object *ret, struct error *err)
{
    struct value *document;
    const struct value *spec;

    if (json_read(arena, json, &document, err) < 0)
        return error_prefix(err, "cannot read the lease");
    spec = value_find(document, STR("spec"));
    *ret = (struct lease_object){
        .resource_version = value_string(value_path(document, "metadata", "resourceVersion", NULL)),
        .record = {.holder = value_string(value_find(spec, STR("holderIdentity"))),
                   .duration_ms = number_of(spec, STR("leaseDurationSeconds"), DURATION_S_MAX) * 1000,
                   .acquired = value_string(value_find(spec, STR("acquireTime"))),
                   .renewed = value_string(value_find(spec, STR("renewTime"))),
                   .transitions = number_of(spec, STR("leaseTransitions"), TRANSITIONS_MAX)},
    };
    if (ret->resource_version.len == 0)
        return error_set(err, ERROR_INVALID, "the lease has no resourceVersion");
    return 0;
}

void lease_object_time(struct text *out, int64_t microseconds)
{
    timestamp_format(out, microseconds / MICRO);
    if (!out->too_long)
        out->len--; /* the Z */
    text_addf(out, ".%06dZ", (int)(microseconds % MICRO));
}

static void encode_metadata(struct json_writer *writer, const struct lease_place *place)
{
    json_write_key(writer, STR("metadata"));
    json_write_map_open(writer);
    if (place->resource_version.len > 0) {
        json_write_member_str(writer, STR("resourceVersion"), place->resource_version);
    } else {
        json_write_member_str(writer, STR("name"), place->name);
        json_write_member_str(writer, STR("namespace"), place->namespace);
    }
    json_write_map_close(writer);
}

static void encode_spec(struct json_writer *writer, const struct lease_record *record)
{
    json_write_key(writer, STR("spec"));
    json_write_map_open(writer);
    json_write_member_str(writer, STR("holderIdentity"), record->holder);
    json_write_member_int(writer, STR("leaseDurationSeconds"), (record->duration_ms + 999) / 1000);
    json_write_member_str(writer, STR("acquireTime"), record->acquired);
    json_write_member_str(writer, STR("renewTime"), record->renewed);
    json_write_member_int(writer, STR("leaseTransitions"), record->transitions);
    json_write_map_close(writer);
}

void lease_object_encode(struct text *out, const struct lease_place *place, const struct lease_record *record)
{
    struct json_writer writer;
    struct error err;

    json_write_init(&writer, out);
    json_write_map_open(&writer);
    if (place->resource_version.len == 0) {
        json_write_member_str(&writer, STR("apiVersion"), STR("coordination.k8s.io/v1"));
        json_write_member_str(&writer, STR("kind"), STR("Lease"));
    }
    encode_metadata(&writer, place);
    encode_spec(&writer, record);
    json_write_map_close(&writer);
    if (json_write_finish(&writer, &err) < 0)
        out->too_long = true; /* the server refuses what is cut */
}
