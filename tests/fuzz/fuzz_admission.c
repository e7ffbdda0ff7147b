/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the body of a review, in a small world: nothing breaks, no view
 * reaches past its text, and an answer encodes.
 */
#include "core/admission/evaluate.h"

#include "core/cluster/view_build.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct str shared[] = {STR_INIT("images")};
static const enum pull_policy allow[] = {PULL_POLICY_IF_NOT_PRESENT, PULL_POLICY_NEVER};
static const struct pull_rule rules[] = {
    {.name = STR_INIT("r"),
     .containers = CONTAINERS_ALL,
     .allow = allow,
     .allow_count = 2,
     .policy = STR_INIT("p")},
};

static struct image_stream *make_stream(struct arena *arena, struct str namespace, struct str name)
{
    struct image_stream *stream = ARENA_NEW(arena, struct image_stream);
    struct tag_event *event = ARENA_NEW(arena, struct tag_event);

    *event = (struct tag_event){
        .image = STR("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        .reference = STR("docker.io/library/odoo:13"),
        .created = 1,
        .created_known = true};
    *stream = (struct image_stream){.namespace = namespace, .name = name, .lookup_local = true};
    stream->tags = ARENA_ARRAY(arena, 2, struct stream_tag);
    stream->tags[0] = (struct stream_tag){
        .name = STR("13"), .has_from = true, .from_kind = STR("DockerImage"), .from_name = STR("odoo:13")};
    stream->tags[1] = (struct stream_tag){
        .name = STR("latest"), .has_from = true, .from_kind = STR("ImageStreamTag"), .from_name = STR("13")};
    stream->tag_count = 2;
    stream->histories = ARENA_NEW(arena, struct tag_history);
    stream->histories[0] = (struct tag_history){.tag = STR("13"), .events = event, .count = 1};
    stream->history_count = 1;
    image_stream_prepare(arena, stream);
    return stream;
}

static void make_view(struct arena *arena, struct cluster_view *view)
{
    const struct image_stream *streams[] = {make_stream(arena, STR("team-a"), STR("odoo")),
                                            make_stream(arena, STR("images"), STR("base"))};
    static const struct stream_policy policy = {.name = STR_INIT("p"),
                                                .fields = {.streams_resolution = RESOLUTION_REQUIRED,
                                                           .tags_resolution = RESOLUTION_ATTEMPT,
                                                           .shared_namespaces = {shared, 1, true},
                                                           .freshness = FRESHNESS_FROM_PULL_POLICY},
                                                .rules = rules,
                                                .rule_count = 1};
    const struct stream_policy *policies[] = {&policy};
    struct cluster_objects objects = {
        .streams = streams, .stream_count = 2, .policies = policies, .policy_count = 1};

    view_build(arena, &objects, 7, view);
}

static void read_every_byte(struct str s)
{
    static volatile unsigned sum;

    for (size_t i = 0; i < s.len; i++)
        sum = sum + (unsigned char)s.ptr[i];
}

static void evaluate(struct arena *arena, const struct cluster_view *view,
                     const struct admission_request *request, const struct tag_answers *answers)
{
    static const struct admission_options options = {.explain = true};
    struct admission_decision d = admission_evaluate(arena, view, &options, request, answers);
    struct str text = {NULL, 0};
    struct error err;

    if (d.outcome == ADMISSION_NEEDS_RESOLUTION) {
        if (answers->closed || d.question_count == 0)
            abort();
        return;
    }
    for (size_t i = 0; i < d.response.warning_count; i++)
        read_every_byte(d.response.warnings[i]);
    for (size_t i = 0; i < d.position_count; i++)
        read_every_byte(d.positions[i].stored);
    if (admission_review_encode(arena, &d.response, &text, &err) < 0)
        abort();
    read_every_byte(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct workload_table table;
    struct cluster_view view;
    struct admission_request request;
    struct tag_answers open = {.closed = false, .now = 1000};
    struct tag_answers closed = {.closed = true, .now = 1000};
    struct error err;
    char *exact = malloc(size ? size : 1); /* so that reading past the end is seen */

    if (!exact)
        abort();
    if (size)
        memcpy(exact, data, size);
    arena_init(&arena);
    make_view(&arena, &view);
    if (workload_paths_build(&arena, NULL, 0, &table, &err) < 0)
        abort();
    if (admission_review_decode(&arena, &table, (struct str){exact, size}, &request, &err) == 0) {
        evaluate(&arena, &view, &request, &open);
        evaluate(&arena, &view, &request, &closed);
    }
    arena_release(&arena);
    free(exact);
    return 0;
}
