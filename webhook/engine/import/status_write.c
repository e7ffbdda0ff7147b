/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import/status_write.h"

#include "base/json/write.h"
#include "base/memory.h"

#include <stdlib.h>

enum { BODY_MAX = STATUS_JSON_MAX + 4096 };

static int write_metadata(struct text *out, const struct stream_entry *entry, struct error *err)
{
    struct json_writer w;

    json_write_init(&w, out);
    json_write_map_open(&w);
    json_write_member_str(&w, STR("name"), entry->name);
    json_write_member_str(&w, STR("namespace"), entry->namespace);
    json_write_member_str(&w, STR("uid"), entry->uid);
    json_write_member_str(&w, STR("resourceVersion"), entry->resource_version);
    json_write_map_close(&w);
    return json_write_finish(&w, err);
}

/* Of the rest the API server looks at nothing. */
static int encode(struct text *out, const struct stream_entry *entry, const struct import_status *status,
                  struct error *err)
{
    text_add_c(out, "{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"ImageStream\",\"metadata\":");
    if (write_metadata(out, entry, err) < 0)
        return -1;
    text_add_c(out, ",\"status\":");
    if (import_status_write(status, out, err) < 0)
        return -1;
    text_add_char(out, '}');
    return out->too_long
               ? error_set(err, ERROR_TOO_LARGE, "the status is larger than %d bytes", (int)BODY_MAX)
               : 0;
}

static void keep_moves(struct status_write *write, const struct import_change *change)
{
    struct arena *arena = &write->arena;

    write->moves = ARENA_ARRAY(arena, change->move_count, struct import_move);
    write->move_count = change->move_count;
    for (size_t i = 0; i < change->move_count; i++) {
        const struct import_move *move = &change->moves[i];

        write->moves[i] = (struct import_move){move->kind,
                                               arena_str(arena, move->tag),
                                               arena_str(arena, move->from),
                                               arena_str(arena, move->to),
                                               arena_str(arena, move->reason),
                                               arena_str(arena, move->message)};
    }
}

static void on_done(void *ctx, const struct kube_answer *answer)
{
    struct status_write *write = ctx;

    write->call = NULL;
    write->on_done(write->ctx, answer);
}

int status_write_start(const struct status_write_call *call, const struct stream_entry *entry,
                       const struct import_change *change, struct status_write **ret, struct error *err)
{
    struct status_write *write = memory_zeroed(1, sizeof(*write));
    struct kube_request request = {
        .verb = KUBE_PUT,
        .place = {.resource = &stream_table_resource,
                  .namespace = entry->namespace,
                  .name = entry->name,
                  .subresource = STR("status")},
        .timeout_ms = call->timeout_ms,
    };
    struct text body;

    arena_init(&write->arena);
    text_init(&body, &write->arena, BODY_MAX);
    if (encode(&body, entry, &change->status, err) < 0) {
        status_write_cancel(write);
        return -1;
    }
    request.body = text_str(&body);
    write->on_done = call->on_done;
    write->ctx = call->ctx;
    write->call = kube_client_call(call->client, &request, on_done, write);
    arena_release(&write->arena); /* the call has a copy */
    keep_moves(write, change);
    *ret = write;
    return 0;
}

void status_write_cancel(struct status_write *write)
{
    if (!write)
        return;
    if (write->call)
        kube_client_cancel(write->call);
    arena_release(&write->arena);
    free(write);
}
