/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any JSON as a workload of each kind, and as a revision of it: what is to be
 * applied to it is JSON, and the same the second time.
 */
#include "base/json/read.h"
#include "core/cluster/view_build.h"
#include "core/object/decode.h"
#include "core/trigger/move_decision.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DIGEST "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define STREAM                                                                                               \
    "{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"ImageStream\",\"metadata\":{\"namespace\":\"ns\","     \
    "\"name\":\"app\"},\"spec\":{\"lookupPolicy\":{\"local\":true}},\"status\":{\"tags\":[{\"tag\":"         \
    "\"latest\",\"items\":[{\"image\":\"" DIGEST "\",\"dockerImageReference\":\"quay.io/a/b@" DIGEST         \
    "\",\"created\":\"2026-01-01T00:00:00Z\",\"generation\":1}]}]}}"

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void build_view(struct arena *arena, struct cluster_view *ret)
{
    struct text_pool *texts = ARENA_NEW(arena, struct text_pool);
    struct cluster_objects objects = {.stream_count = 1};
    struct cluster_object object;
    struct value *value;
    struct error err;

    text_pool_init(texts, arena);
    expect(json_read(arena, STR(STREAM), &value, &err) == 0 &&
           object_decode(texts, value, NULL, &object, &err) == 0);
    objects.streams = (const struct image_stream *const *)&object.as.stream;
    view_build(arena, &objects, 1, ret);
}

static void check_document(struct arena *arena, struct str text)
{
    struct value *value;
    struct error err;

    expect(text.len == 0 || json_read(arena, text, &value, &err) == 0);
}

static void decide(struct arena *arena, const struct moving_workload *workload,
                   const struct movement_scope *scope)
{
    struct trigger_list triggers;
    struct movement first;
    struct movement second;
    const struct stream_name *names;

    trigger_list_parse(arena, workload->triggers, moving_workload_kinds[workload->kind].pod_spec, &triggers);
    (void)move_decision_streams(arena, workload, &triggers, scope, &names);
    move_decision_make(arena, workload, &triggers, scope, &first);
    move_decision_make(arena, workload, &triggers, scope, &second);
    expect(first.record == second.record && str_equal(first.follow, second.follow) &&
           str_equal(first.trigger, second.trigger));
    expect(first.moved_count <= 2 * workload->positions.count);
    expect(!first.needs_revisions || !scope->revisions_known);
    check_document(arena, first.follow);
    check_document(arena, first.trigger);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct movement_scope scope = {.confirmed = size % 2 == 0};
    struct workload_revision revision;
    struct cluster_view view;
    struct value *value;
    struct arena arena;
    struct error err;

    arena_init(&arena);
    if (json_read(&arena, (struct str){(const char *)data, size}, &value, &err) == 0) {
        build_view(&arena, &view);
        scope.view = &view;
        for (int kind = 0; kind < MOVING_KINDS; kind++) {
            struct moving_workload workload;

            moving_workload_read(&arena, (enum moving_kind)kind, value, &workload);
            decide(&arena, &workload, &scope);
            scope.revisions_known = true;
            scope.revisions = &revision;
            scope.revision_count = workload_revision_read(&arena, value, workload.uid, &revision);
            decide(&arena, &workload, &scope);
            scope.revisions_known = false;
        }
    }
    arena_release(&arena);
    return 0;
}
