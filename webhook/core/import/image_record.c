/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import/image_record.h"

#include "base/json/read.h"
#include "base/json/write.h"
#include "base/value.h"

/* What is left out of an object that would be too large, one after another. */
enum left_out { LEAVES_NOTHING, LEAVES_LABELS, LEAVES_CONFIG, LEAVES_LAYERS, LEFT_OUT_COUNT };

static const struct str left_out_names[LEFT_OUT_COUNT] = {
    [LEAVES_NOTHING] = STR_INIT(""),
    [LEAVES_LABELS] = STR_INIT("labels"),
    [LEAVES_CONFIG] = STR_INIT("configuration"),
    [LEAVES_LAYERS] = STR_INIT("configuration, layers"),
};

/* Of the configuration's own names, those that OpenShift gives. */
static const struct str config_members[] = {
    STR_INIT("User"),       STR_INIT("ExposedPorts"), STR_INIT("Env"),         STR_INIT("Entrypoint"),
    STR_INIT("Cmd"),        STR_INIT("Volumes"),      STR_INIT("WorkingDir"),  STR_INIT("Labels"),
    STR_INIT("StopSignal"), STR_INIT("OnBuild"),      STR_INIT("Healthcheck"),
};

struct str image_record_name(struct arena *arena, struct str digest)
{
    struct str hex = digest;
    struct str algorithm = str_cut(&hex, ':');

    return arena_join(arena, algorithm, STR("-"), hex);
}

static void write_value(struct json_writer *w, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        json_write_null(w);
        break;
    case VALUE_BOOL:
        json_write_bool(w, value->boolean);
        break;
    case VALUE_NUMBER:
        json_write_number(w, value->text);
        break;
    case VALUE_STRING:
        json_write_str(w, value->text);
        break;
    case VALUE_LIST:
        json_write_list_open(w);
        for (const struct value *item = value->first; item; item = item->next)
            write_value(w, item);
        json_write_list_close(w);
        break;
    case VALUE_MAP:
        json_write_map_open(w);
        for (const struct value *member = value->first; member; member = member->next) {
            json_write_key(w, member->key);
            write_value(w, member);
        }
        json_write_map_close(w);
        break;
    }
}

static void write_config(struct json_writer *w, const struct value *config, enum left_out left_out)
{
    json_write_key(w, STR("Config"));
    json_write_map_open(w);
    for (size_t i = 0; i < ARRAY_LEN(config_members); i++) {
        const struct value *member = value_find(config, config_members[i]);

        if (!member || (left_out >= LEAVES_LABELS && str_equal(config_members[i], STR("Labels"))))
            continue;
        json_write_key(w, config_members[i]);
        write_value(w, member);
    }
    json_write_map_close(w);
}

static void add_text(struct json_writer *w, struct str key, struct str text)
{
    if (text.len > 0)
        json_write_member_str(w, key, text);
}

static int64_t total_size(const struct image_outline *image)
{
    int64_t size = image->config.size;

    for (size_t i = 0; i < image->count; i++)
        size += image->parts[i].size;
    return size;
}

static void write_metadata(struct json_writer *w, const struct image_outline *image,
                           const struct value *config, enum left_out left_out)
{
    json_write_key(w, STR("dockerImageMetadata"));
    json_write_map_open(w);
    json_write_member_str(w, STR("kind"), STR("DockerImage"));
    json_write_member_str(w, STR("apiVersion"), STR("image.openshift.io/1.0"));
    add_text(w, STR("Id"), image->config.digest);
    add_text(w, STR("Created"), value_string(value_find(config, STR("created"))));
    add_text(w, STR("Author"), value_string(value_find(config, STR("author"))));
    add_text(w, STR("Architecture"), value_string(value_find(config, STR("architecture"))));
    add_text(w, STR("Os"), value_string(value_find(config, STR("os"))));
    json_write_member_int(w, STR("Size"), total_size(image));
    if (config && left_out < LEAVES_CONFIG)
        write_config(w, value_find(config, STR("config")), left_out);
    json_write_map_close(w);
}

static void write_layers(struct json_writer *w, const struct image_outline *image)
{
    json_write_key(w, STR("dockerImageLayers"));
    json_write_list_open(w);
    for (size_t i = 0; i < image->count; i++) {
        json_write_map_open(w);
        json_write_member_str(w, STR("name"), image->parts[i].digest);
        json_write_member_int(w, STR("size"), image->parts[i].size);
        json_write_member_str(w, STR("mediaType"), image->parts[i].media_type);
        json_write_map_close(w);
    }
    json_write_list_close(w);
}

static void write_children(struct json_writer *w, const struct image_outline *index)
{
    json_write_key(w, STR("dockerImageManifests"));
    json_write_list_open(w);
    for (size_t i = 0; i < index->count; i++) {
        const struct image_part *part = &index->parts[i];

        json_write_map_open(w);
        json_write_member_str(w, STR("digest"), part->digest);
        json_write_member_str(w, STR("mediaType"), part->media_type);
        json_write_member_int(w, STR("manifestSize"), part->size);
        json_write_member_str(w, STR("architecture"), part->architecture);
        json_write_member_str(w, STR("os"), part->os);
        add_text(w, STR("variant"), part->variant);
        json_write_map_close(w);
    }
    json_write_list_close(w);
}

static void write_header(struct json_writer *w, struct arena *arena, const struct image_record *record,
                         enum left_out left_out)
{
    json_write_member_str(w, STR("apiVersion"), STR("weir.dev/v1alpha1"));
    json_write_member_str(w, STR("kind"), STR("Image"));
    json_write_key(w, STR("metadata"));
    json_write_map_open(w);
    json_write_member_str(w, STR("name"), image_record_name(arena, record->digest));
    if (left_out != LEAVES_NOTHING) {
        json_write_key(w, STR("annotations"));
        json_write_map_open(w);
        json_write_member_str(w, STR("weir.dev/left-out"), left_out_names[left_out]);
        json_write_map_close(w);
    }
    json_write_map_close(w);
    json_write_member_str(w, STR("dockerImageReference"),
                          arena_join(arena, record->repository, STR("@"), record->digest));
    json_write_member_str(w, STR("dockerImageManifestMediaType"), record->manifest.media_type);
    json_write_member_str(w, STR("dockerImageMetadataVersion"), STR("1.0"));
}

static int write_once(const struct image_record *record, const struct value *config, enum left_out left_out,
                      struct text *out, struct error *err)
{
    const struct image_outline *image = record->has_child ? &record->child : &record->manifest;
    struct json_writer w;

    json_write_init(&w, out);
    json_write_map_open(&w);
    write_header(&w, out->arena, record, left_out);
    if (!image->is_index) {
        write_metadata(&w, image, config, left_out);
        if (left_out < LEAVES_LAYERS)
            write_layers(&w, image);
    }
    if (record->manifest.is_index)
        write_children(&w, &record->manifest);
    json_write_map_close(&w);
    return json_write_finish(&w, err);
}

int image_record_write(struct arena *arena, const struct image_record *record, struct str *ret,
                       struct error *err)
{
    struct value *config = NULL;

    if (record->config.len > 0 &&
        (json_read(arena, record->config, &config, err) < 0 || config->kind != VALUE_MAP))
        config = NULL;
    for (int left_out = LEAVES_NOTHING; left_out < LEFT_OUT_COUNT; left_out++) {
        struct text out;

        text_init(&out, arena, IMAGE_JSON_MAX);
        if (write_once(record, config, (enum left_out)left_out, &out, err) == 0) {
            *ret = text_str(&out);
            return 0;
        }
    }
    return -1;
}
