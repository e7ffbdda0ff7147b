/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/apply_document.h"

#include "base/json/write.h"

#define NOTHING ((struct str){NULL, 0})

static void write_refresh(struct json_writer *w, struct str value)
{
    if (value.len == 0)
        return;
    json_write_key(w, STR("annotations"));
    json_write_map_open(w);
    json_write_member_str(w, STR(REFRESH_ANNOTATION), value);
    json_write_map_close(w);
}

static void write_metadata(struct json_writer *w, const struct moving_workload *workload, struct str refresh)
{
    json_write_key(w, STR("metadata"));
    json_write_map_open(w);
    json_write_member_str(w, STR("name"), workload->name);
    json_write_member_str(w, STR("namespace"), workload->namespace);
    json_write_member_str(w, STR("uid"), workload->uid);
    json_write_member_str(w, STR("resourceVersion"), workload->resource_version);
    write_refresh(w, refresh);
    json_write_map_close(w);
}

static void open_document(struct json_writer *w, const struct moving_workload *workload, struct str refresh)
{
    const struct moving_kind_row *kind = &moving_workload_kinds[workload->kind];

    json_write_map_open(w);
    json_write_member_str(w, STR("apiVersion"), kind->api_version);
    json_write_member_str(w, STR("kind"), kind->kind);
    write_metadata(w, workload, refresh);
}

/* Opens a map for each component of the template's pointer; returns how many. */
static size_t open_template(struct json_writer *w, const struct moving_workload *workload)
{
    struct str rest = str_from(moving_workload_kinds[workload->kind].template, 1);
    size_t depth = 0;

    for (; rest.ptr; depth++) {
        json_write_key(w, str_cut(&rest, '/'));
        json_write_map_open(w);
    }
    return depth;
}

static void close_maps(struct json_writer *w, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_write_map_close(w);
}

/* The texts are an object's, which fits, but for escapes; what does not is no document. */
static struct str finish(struct json_writer *w, const struct text *text)
{
    struct error err;

    return json_write_finish(w, &err) < 0 ? NOTHING : text_str(text);
}

struct str apply_document_refresh(struct arena *arena, const struct moving_workload *workload,
                                  struct str refresh, struct str template_refresh)
{
    struct json_writer w;
    struct text text;
    size_t depth = 0;

    text_init(&text, arena, APPLY_DOCUMENT_MAX);
    json_write_init(&w, &text);
    open_document(&w, workload, refresh);
    if (template_refresh.len > 0) {
        depth = open_template(&w, workload);
        json_write_key(&w, STR("metadata"));
        json_write_map_open(&w);
        write_refresh(&w, template_refresh);
        depth++;
    }
    close_maps(&w, depth + 1);
    return finish(&w, &text);
}

static void write_list(struct json_writer *w, const struct moving_workload *workload,
                       const struct str *images, enum position_list list)
{
    bool opened = false;

    for (size_t i = 0; i < workload->positions.count; i++) {
        const struct moving_position *position = &workload->positions.items[i];

        if (position->list != list || images[i].len == 0)
            continue;
        if (!opened) {
            json_write_key(w, list == POSITION_CONTAINERS ? STR("containers") : STR("initContainers"));
            json_write_list_open(w);
        }
        opened = true;
        json_write_map_open(w);
        json_write_member_str(w, STR("name"), position->name);
        json_write_member_str(w, STR("image"), images[i]);
        json_write_map_close(w);
    }
    if (opened)
        json_write_list_close(w);
}

struct str apply_document_images(struct arena *arena, const struct moving_workload *workload,
                                 const struct str *images)
{
    struct json_writer w;
    struct text text;
    bool named = false;

    for (size_t i = 0; i < workload->positions.count; i++)
        named = named || images[i].len > 0;
    text_init(&text, arena, APPLY_DOCUMENT_MAX);
    json_write_init(&w, &text);
    open_document(&w, workload, NOTHING);
    if (named) {
        size_t depth = open_template(&w, workload);

        json_write_key(&w, STR("spec"));
        json_write_map_open(&w);
        write_list(&w, workload, images, POSITION_CONTAINERS);
        write_list(&w, workload, images, POSITION_INIT_CONTAINERS);
        close_maps(&w, depth + 1);
    }
    json_write_map_close(&w);
    return finish(&w, &text);
}
