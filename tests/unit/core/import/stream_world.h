/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_STREAM_WORLD_H
#define WEIR_TESTS_STREAM_WORLD_H

#include "base/json/read.h"
#include "core/import/plan.h"
#include "core/import/record.h"
#include "core/object/decode.h"

#include <stdio.h>
#include <stdlib.h>

/* A stream that lives: its spec is set, checks are answered, its status is what was written last. */

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define IMAGE_TAG(name, image)                                                                               \
    "{\"name\":\"" name "\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"" image "\"}}"
#define SCHEDULED(name, image)                                                                               \
    "{\"name\":\"" name "\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"" image                            \
    "\"},\"importPolicy\":{\"scheduled\":true}}"
#define FOLLOWS(name, target)                                                                                \
    "{\"name\":\"" name "\",\"from\":{\"kind\":\"ImageStreamTag\",\"name\":\"" target "\"}}"

/* What must hold for every stream, in tests and fuzzers alike. */
#define HOLDS(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                   \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

static struct arena arena;

struct world {
    struct import_settings settings;
    const char *repository; /* spec.dockerImageRepository; NULL: none */
    struct import_memory listing;
    const struct import_usage *usage;
    size_t object_size;
    bool forgets; /* limits may leave a tag its newest event alone */
    int64_t start;
    const char *annotations; /* of the stream: members of a JSON object */
    const char *tags;
    int64_t generation;
    struct str status; /* JSON */
    struct import_stream others[4];
    size_t other_count;
    struct str_list shared;
    struct import_memory memory[8];
    size_t memory_count;
    int64_t now;
    struct import_change last;
    size_t writes;
};

static inline struct import_stream decode(struct str json)
{
    struct text_pool *texts = ARENA_NEW(&arena, struct text_pool);
    struct stream_details *details = ARENA_NEW(&arena, struct stream_details);
    struct cluster_object object;
    struct value *value;
    struct error err;

    text_pool_init(texts, &arena);
    if (json_read(&arena, json, &value, &err) < 0 || object_decode(texts, value, NULL, &object, &err) < 0 ||
        stream_details_decode(&arena, value, details, &err) < 0) {
        fprintf(stderr, "%s\n%.*s\n", err.text, (int)json.len, json.ptr);
        abort();
    }
    return (struct import_stream){object.as.stream, details};
}

static inline struct str stream_json(const char *namespace, const char *name, const struct world *world)
{
    struct text json;

    text_init(&json, &arena, 1 << 20);
    text_addf(
        &json,
        "{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"ImageStream\",\"metadata\":{\"namespace\":\"%s\","
        "\"name\":\"%s\",\"uid\":\"u-%s\",\"generation\":%lld,\"annotations\":{%s}},"
        "\"spec\":{\"dockerImageRepository\":\"%s\",\"tags\":[%s]},\"status\":" STR_FMT "}",
        namespace, name, name, (long long)world->generation, world->annotations ? world->annotations : "",
        world->repository ? world->repository : "", world->tags, STR_ARG(world->status));
    return text_str(&json);
}

static inline struct world world_of(const char *tags)
{
    struct world world = {
        .settings = {.interval = 900,
                     .interval_min = 60,
                     .retry_pause = 30,
                     .record_checks = 3600,
                     .notified_after = 1},
        .tags = tags,
        .generation = 1,
        .status = STR("{}"),
        .now = 1000000,
        .start = 999000,
    };
    static const char *const names[] = {"a", "b", "c", "d", "latest", "1", "2", "3"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        world.memory[world.memory_count++].tag = str_from_c(names[i]);
    return world;
}

static inline struct import_view view_of(struct world *world)
{
    return (struct import_view){
        .self = decode(stream_json("shop", "web", world)),
        .others = world->others,
        .other_count = world->other_count,
        .shared = &world->shared,
        .settings = &world->settings,
        .memory = world->memory,
        .memory_count = world->memory_count,
        .now = world->now,
        .start = world->start,
        .listing = &world->listing,
        .usage = world->usage,
        .object_size = world->object_size,
    };
}

/* Each newest event that was stored still is one of its tag's, whatever came. */
static inline bool keeps_newest(const struct import_view *before, struct import_status *after)
{
    const struct image_stream *stream = before->self.stream;

    for (size_t i = 0; i < stream->history_count; i++) {
        const struct tag_history *history = &stream->histories[i];
        const struct recorded_tag *tag = import_status_tag(after, history->tag);
        bool found = history->count == 0 || (!tag && history->removed);

        for (size_t k = 0; tag && !found && k < tag->count; k++)
            found = str_equal(tag->events[k].image, history->events[0].image) &&
                    str_equal(tag->events[k].reference, history->events[0].reference) &&
                    tag->events[k].created == history->events[0].created;
        if (!found)
            return false;
    }
    return true;
}

static inline bool is_in_order(const struct import_status *status)
{
    for (size_t i = 0; i < status->count; i++) {
        for (size_t k = 1; k < status->tags[i].count; k++) {
            if (status->tags[i].events[k - 1].created < status->tags[i].events[k].created)
                return false;
        }
    }
    return true;
}

/* What was written last is what would be written. */
static inline bool stands(struct world *world, const struct check_result *results, size_t count)
{
    struct import_view view = view_of(world);
    struct import_change again;
    struct text json;
    struct error err;

    import_record_make(&arena, &view, results, count, &again);
    if (!again.changed && again.move_count == 0)
        return true;
    text_init(&json, &arena, STATUS_JSON_MAX);
    HOLDS(import_status_write(&again.status, &json, &err) == 0);
    fprintf(stderr, "was " STR_FMT "\nis  " STR_FMT "\n", STR_ARG(world->status), STR_ARG(text_str(&json)));
    return false;
}

/* Makes the record of the results and stores its status, as the API server would. */
static inline bool record(struct world *world, const struct check_result *results, size_t count)
{
    struct import_view view = view_of(world);
    struct text json;
    struct error err;

    import_record_make(&arena, &view, results, count, &world->last);
    text_init(&json, &arena, STATUS_JSON_MAX);
    HOLDS(import_status_write(&world->last.status, &json, &err) == 0);
    if (world->last.changed) {
        world->status = text_str(&json);
        world->writes++;
    }
    HOLDS(world->forgets || keeps_newest(&view, &world->last.status));
    HOLDS(is_in_order(&world->last.status));
    HOLDS(stands(world, NULL, 0));
    HOLDS(stands(world, results, count)); /* the same answers add nothing */
    return world->last.changed;
}

static inline struct import_plan plan(struct world *world)
{
    struct import_view view = view_of(world);
    struct import_plan ret;

    import_plan_make(&arena, &view, &ret);
    return ret;
}

static inline struct check_result result_of(const struct world *world, const struct tag_check *check,
                                            const char *digest)
{
    return (struct check_result){.check = *check, .digest = str_from_c(digest), .at = world->now};
}

/* Answers all that is due: `digest`, or with NULL a failure. */
static inline size_t answer(struct world *world, const char *digest, enum registry_failure failure)
{
    struct import_plan due = plan(world);
    struct check_result results[16] = {{.at = 0}};

    for (size_t i = 0; i < due.count; i++) {
        results[i] = result_of(world, &due.checks[i], digest);
        results[i].failure = failure;
        results[i].message = failure ? STR("the registry says no") : STR("");
    }
    (void)record(world, results, due.count);
    return due.count;
}

/* Lets the next moment come and answers what is due then; its cause. */
static inline enum check_cause answer_next(struct world *world, const char *digest)
{
    struct import_plan due;

    world->now = plan(world).next;
    due = plan(world);
    HOLDS(due.count > 0 && answer(world, digest, REGISTRY_FAILURE_NONE) == due.count);
    return due.count > 0 ? due.checks[0].cause : CHECK_SOURCE;
}

static inline const struct recorded_tag *tag_of(struct world *world, const char *name)
{
    const struct recorded_tag *tag = import_status_tag(&world->last.status, str_from_c(name));
    static const struct recorded_tag none;

    HOLDS(tag != NULL);
    return tag ? tag : &none;
}

static inline const struct tag_condition *ready(struct world *world)
{
    return import_status_condition(&world->last.status, STR("Ready"));
}

#endif
