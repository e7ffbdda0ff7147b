/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_STREAM_SEQUENCE_H
#define WEIR_TESTS_STREAM_SEQUENCE_H

#include "../unit/core/import/stream_world.h"

/*
 * A stream's life as bytes say: its spec and annotations change, time passes or steps back, registries
 * answer at once, late, twice or not at all, another process takes over. After each step holds what
 * stream_world.h checks, and that nothing was imported that no registry had said of the present source.
 */

#define C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

struct sequence {
    const uint8_t *bytes;
    size_t left;
    struct world world;
    struct check_result late[16]; /* answers that have not arrived */
    size_t late_count;
};

static inline size_t sequence_choose(struct sequence *sequence, size_t count)
{
    if (sequence->left == 0)
        return 0;
    sequence->left--;
    return *sequence->bytes++ % count;
}

static const char *const sequence_tags[][7] = {
    {"", IMAGE_TAG("a", "quay.io/x/y:1"), SCHEDULED("a", "quay.io/x/y:1"), SCHEDULED("a", "quay.io/x/z:1"),
     FOLLOWS("a", "b"), "{\"name\":\"a\"}", FOLLOWS("a", "os:1")},
    {"", IMAGE_TAG("b", "odoo"), FOLLOWS("b", "a"), FOLLOWS("b", "c"),
     "{\"name\":\"b\",\"generation\":9,\"from\":{\"kind\":\"DockerImage\",\"name\":\"odoo\"}}",
     "{\"name\":\"b\",\"reference\":true,\"from\":{\"kind\":\"DockerImage\",\"name\":\"odoo\"}}",
     "{\"name\":\"b\",\"from\":{\"kind\":\"ImageStreamImage\",\"name\":\"web@" A "\"}}"},
    {"", SCHEDULED("c", "quay.io/x/y:1"), FOLLOWS("c", "b"), IMAGE_TAG("c", "my_registry.example/x"),
     "{\"name\":\"c\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"odoo@" B "\"}}", FOLLOWS("c", "1"),
     "{\"name\":\"c\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"quay.io/x/y:1\"},\"importPolicy\":"
     "{\"insecure\":true,\"scheduled\":true}}"},
};

static const char *const sequence_annotations[] = {
    "",
    "\"weir.dev/import\":\"1\"",
    "\"weir.dev/import\":\"2\",\"weir.dev/soak\":\"30m\"",
    "\"weir.dev/soak\":\"2h\"",
    "\"weir.dev/soak\":\"30m\",\"weir.dev/interval\":\"10s\"",
    "\"weir.dev/suspend\":\"true\"",
    "\"weir.dev/interval\":\"1h\",\"weir.dev/history-limit\":\"2\"",
    "\"weir.dev/match\":\"1*,l*\",\"weir.dev/interval\":\"24h\"",
};

static inline void sequence_set_spec(struct sequence *sequence)
{
    struct text tags;

    text_init(&tags, &arena, 4096);
    for (size_t i = 0; i < ARRAY_LEN(sequence_tags); i++) {
        const char *tag = sequence_tags[i][sequence_choose(sequence, ARRAY_LEN(sequence_tags[i]))];

        text_add_c(&tags, tags.len > 0 && tag[0] ? "," : "");
        text_add_c(&tags, tag);
    }
    sequence->world.tags = arena_cstr(&arena, text_str(&tags));
    sequence->world.generation++;
}

static inline void sequence_set_repository(struct sequence *sequence)
{
    static const char *const rows[] = {NULL, "quay.io/x/y", "odoo", "quay.io/x/y:1"};

    sequence->world.repository = rows[sequence_choose(sequence, ARRAY_LEN(rows))];
    sequence->world.generation++;
}

static inline void sequence_set_limits(struct sequence *sequence)
{
    static struct str used[] = {STR_INIT(A), STR_INIT(C)};
    static const struct import_usage usages[] = {{NULL, 0}, {used, 1}, {used, 2}};
    static const size_t limits[] = {0, 1, 2, 5};
    struct world *world = &sequence->world;
    size_t usage = sequence_choose(sequence, ARRAY_LEN(usages) + 1);

    world->usage = usage > 0 ? &usages[usage - 1] : NULL;
    world->settings.history_limit = limits[sequence_choose(sequence, ARRAY_LEN(limits))];
    world->settings.object_limit = sequence_choose(sequence, 2) * 3000;
    world->settings.image_grace = (int64_t)sequence_choose(sequence, 2) * 86400;
    world->forgets = world->forgets || world->settings.history_limit == 1 || world->settings.object_limit > 0;
}

static inline void sequence_set_other(struct sequence *sequence)
{
    static const struct str states[] = {
        STR_INIT("{}"),
        STR_INIT("{\"tags\":[{\"tag\":\"1\",\"items\":[{\"created\":\"1970-01-10T00:00:00Z\","
                 "\"dockerImageReference\":\"quay.io/os@" A "\",\"image\":\"" A "\"}]}]}"),
        STR_INIT("{\"tags\":[{\"tag\":\"1\",\"items\":[{\"created\":\"1970-01-20T00:00:00Z\","
                 "\"dockerImageReference\":\"quay.io/os@" B "\",\"image\":\"" B "\"}]}]}"),
    };
    struct world other = world_of(sequence_choose(sequence, 2) ? FOLLOWS("1", "web:a") : "");

    other.status = states[sequence_choose(sequence, ARRAY_LEN(states))];
    sequence->world.others[0] = decode(stream_json("shop", "os", &other));
    sequence->world.other_count = sequence_choose(sequence, 2);
}

static inline void sequence_take_over(struct sequence *sequence)
{
    struct world fresh = world_of("");

    memcpy(sequence->world.memory, fresh.memory, sizeof(fresh.memory));
    sequence->world.listing = (struct import_memory){.checked = 0};
    sequence->world.start = sequence->world.now;
}

static inline void sequence_pass_time(struct sequence *sequence)
{
    static const int64_t steps[] = {1, 30, 300, 900, 1800, 7200, 86400, 604800, -1, -60, -7200, -604800};

    sequence->world.now += steps[sequence_choose(sequence, ARRAY_LEN(steps))];
    if (sequence->world.now < 500000)
        sequence->world.now = 500000;
}

/* What a registry says to the check: nothing (false), a digest, or a failure. */
static inline bool sequence_reply(struct sequence *sequence, const struct tag_check *check,
                                  struct check_result *ret)
{
    static const char *const digests[] = {A, B, C};
    size_t said = sequence_choose(sequence, ARRAY_LEN(digests) + REGISTRY_FAILURE_COUNT);

    if (said == 0)
        return false;
    *ret = result_of(&sequence->world, check, said <= ARRAY_LEN(digests) ? digests[said - 1] : NULL);
    if (ret->digest.len > 0)
        return true;
    ret->failure = (enum registry_failure)(said - ARRAY_LEN(digests));
    ret->message = ret->failure % 2 ? STR("no") : STR("not now");
    ret->retry_after = ret->failure == REGISTRY_FAILURE_TOO_MANY_REQUESTS ? 77 : 0;
    return true;
}

static inline bool sequence_reply_list(struct sequence *sequence, const struct tag_check *check,
                                       struct check_result *ret)
{
    static const struct str lists[][4] = {
        {STR_INIT("1"), STR_INIT("latest"), STR_INIT("2"), STR_INIT("a")},
        {STR_INIT("2"), STR_INIT("3"), STR_INIT("sha256-1.sig"), STR_INIT("not a tag")},
    };

    if (!sequence_reply(sequence, check, ret))
        return false;
    ret->tags = lists[sequence_choose(sequence, ARRAY_LEN(lists))];
    ret->tag_count = ARRAY_LEN(lists[0]);
    return true;
}

/* What a move of a tag may come from. */
static inline bool sequence_is_founded(const struct world *world, const struct import_move *move,
                                       const struct check_result *results, size_t count)
{
    struct import_view view = view_of((struct world *)world);
    const struct stream_tag *tag = image_stream_tag(view.self.stream, move->tag);

    if (move->kind == MOVE_FOLLOWED)
        return tag && (tag->source == TAG_SOURCE_STREAM_TAG || tag->source == TAG_SOURCE_STREAM_IMAGE);
    if (move->kind != MOVE_IMPORTED || (tag && tag->reference))
        return true;
    for (size_t i = 0; i < count; i++) {
        const struct recorded_tag *recorded =
            import_status_tag((struct import_status *)&world->last.status, move->tag);

        if (str_equal(results[i].check.tag, move->tag) && str_equal(results[i].digest, move->to) &&
            recorded && str_equal(recorded->details.source, results[i].check.source))
            return true;
    }
    return false;
}

static inline void sequence_record(struct sequence *sequence, const struct check_result *results,
                                   size_t count)
{
    struct world *world = &sequence->world;

    (void)record(world, results, count);
    for (size_t i = 0; i < world->last.move_count; i++)
        HOLDS(sequence_is_founded(world, &world->last.moves[i], results, count));
}

static inline void sequence_answer(struct sequence *sequence)
{
    struct import_plan due = plan(&sequence->world);
    struct check_result results[ARRAY_LEN(sequence->late)];
    size_t count = 0;

    for (size_t i = 0; i < due.count && count + 1 < ARRAY_LEN(results); i++)
        count += sequence_reply(sequence, &due.checks[i], &results[count]);
    if (due.listing)
        count += sequence_reply_list(sequence, due.listing, &results[count]);
    if (sequence_choose(sequence, 3) == 1) {
        memcpy(sequence->late, results, count * sizeof(*results));
        sequence->late_count = count;
    } else {
        sequence_record(sequence, results, count);
    }
}

static inline void sequence_arrive(struct sequence *sequence)
{
    for (size_t i = 0; i < sequence->late_count; i++)
        sequence->late[i].at = sequence->world.now;
    sequence_record(sequence, sequence->late, sequence->late_count);
}

static inline void sequence_notify(struct sequence *sequence)
{
    sequence->world.memory[sequence_choose(sequence, 3)].notified = sequence->world.now;
}

static inline void sequence_annotate(struct sequence *sequence)
{
    sequence->world.annotations =
        sequence_annotations[sequence_choose(sequence, ARRAY_LEN(sequence_annotations))];
}

static inline void sequence_settle(struct sequence *sequence)
{
    sequence_record(sequence, NULL, 0);
}

/* Where everything is answered, nothing is due any more. */
static inline void sequence_come_to_rest(struct sequence *sequence)
{
    static const struct str tags[] = {STR_INIT("1")};
    struct world *world = &sequence->world;
    size_t rounds = 0;

    for (struct import_plan due = plan(world); due.count > 0 || due.listing; due = plan(world)) {
        struct check_result results[16];
        size_t count = 0;

        HOLDS(rounds++ < 8);
        for (size_t i = 0; i < due.count && count < 15; i++)
            results[count++] =
                result_of(world, &due.checks[i], str_equal(due.checks[i].reference, STR(B)) ? B : A);
        if (due.listing) {
            results[count] = result_of(world, due.listing, NULL);
            results[count].tags = tags;
            results[count++].tag_count = 1;
        }
        sequence_record(sequence, results, count);
    }
    HOLDS(plan(world).next > world->now);
}

static inline void stream_sequence_run(const uint8_t *bytes, size_t size)
{
    static void (*const steps[])(struct sequence *) = {
        sequence_answer,     sequence_pass_time, sequence_answer,    sequence_set_spec,
        sequence_annotate,   sequence_arrive,    sequence_settle,    sequence_set_repository,
        sequence_set_limits, sequence_set_other, sequence_take_over, sequence_notify,
        sequence_pass_time,
    };
    struct sequence sequence = {.bytes = bytes, .left = size < 512 ? size : 512, .world = world_of("")};

    sequence.world.settings.repository_tags = 2;
    sequence_set_spec(&sequence);
    while (sequence.left > 0)
        steps[sequence_choose(&sequence, ARRAY_LEN(steps))](&sequence);
    sequence_come_to_rest(&sequence);
    arena_release(&arena);
}

#endif
