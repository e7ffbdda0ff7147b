/* SPDX-License-Identifier: Apache-2.0 */
#include "core/stream/tag_resolution.h"

#include "core/cluster/view_build.h"
#include "core/policy/effective_policy.h"

#include "test.h"

/* Semantics §5, for shop/web:t, which follows r.example/web:1. */
#define HEX    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define DIGEST "sha256:" HEX
#define NEWER  "sha256:" OTHER
#define STORED "r.example/web@" DIGEST
#define FRESH  "r.example/web@" NEWER

enum { NOW = 100000, HOUR = 3600 };

/* What the registry is heard to say. */
enum said { SAYS_NOTHING, SAYS_NEWER, SAYS_GONE, IS_DOWN, IS_DOWN_BUT_CONFIRMED };

struct row {
    const char *name;
    enum freshness freshness;
    bool required;
    bool no_source;
    bool no_record;
    int64_t age;          /* of the record; 0: unknown */
    int64_t last_checked; /* ago; 0: not said */
    int64_t max_stale;    /* 0: none */
    bool removed;
    bool pending;
    enum said said;
    enum resolution_kind want;
    const char *stored;
    const char *says; /* of the cause or the warning; "" where there is none */
};

static const struct row rows[] = {
    {.name = "Never takes the record",
     .freshness = FRESHNESS_NEVER,
     .age = HOUR,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = ""},
    {.name = "Never without a record",
     .freshness = FRESHNESS_NEVER,
     .no_record = true,
     .want = RESOLUTION_MUST_NOT,
     .says = "stream shop/web has nothing recorded for tag \"t\", and freshness Never asks no registry"},
    {.name = "IfNotPresent takes the record",
     .freshness = FRESHNESS_IF_NOT_PRESENT,
     .age = HOUR,
     .said = SAYS_NEWER,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = ""},
    {.name = "IfNotPresent without a record asks",
     .freshness = FRESHNESS_IF_NOT_PRESENT,
     .no_record = true,
     .said = SAYS_NEWER,
     .want = RESOLUTION_PIN,
     .stored = FRESH,
     .says = ""},
    {.name = "Always asks",
     .freshness = FRESHNESS_ALWAYS,
     .age = HOUR,
     .said = SAYS_NEWER,
     .want = RESOLUTION_PIN,
     .stored = FRESH,
     .says = ""},
    {.name = "Always falls back",
     .freshness = FRESHNESS_ALWAYS,
     .age = HOUR,
     .said = IS_DOWN,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = "digest recorded 1h ago served: down"},
    {.name = "Always falls back where the tag is gone",
     .freshness = FRESHNESS_ALWAYS,
     .age = HOUR,
     .said = SAYS_GONE,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = "digest recorded 1h ago served: gone"},
    {.name = "of an unknown age",
     .freshness = FRESHNESS_ALWAYS,
     .said = IS_DOWN,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = "digest recorded at an unknown time served: down"},
    {.name = "too old for Required",
     .freshness = FRESHNESS_ALWAYS,
     .required = true,
     .age = 3 * HOUR,
     .max_stale = HOUR + HOUR / 2,
     .said = IS_DOWN,
     .want = RESOLUTION_NOT_NOW,
     .says = "its record is 3h old, maxStale 1h30m: down"},
    {.name = "gone, and too old for Required",
     .freshness = FRESHNESS_ALWAYS,
     .required = true,
     .age = 30 * HOUR,
     .max_stale = 24 * HOUR,
     .said = SAYS_GONE,
     .want = RESOLUTION_MUST_NOT,
     .says = "its record is 1d6h old, maxStale 24h: gone"},
    {.name = "unknown is very old",
     .freshness = FRESHNESS_ALWAYS,
     .required = true,
     .max_stale = HOUR,
     .said = IS_DOWN,
     .want = RESOLUTION_NOT_NOW,
     .says = "its record is of unknown age, maxStale 1h: down"},
    {.name = "not too old where nothing is required",
     .freshness = FRESHNESS_ALWAYS,
     .age = 3 * HOUR,
     .max_stale = HOUR,
     .said = IS_DOWN,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = "digest recorded 3h ago served: down"},
    {.name = "as old as its last check",
     .freshness = FRESHNESS_ALWAYS,
     .required = true,
     .age = 20 * HOUR,
     .last_checked = HOUR,
     .max_stale = 2 * HOUR,
     .said = IS_DOWN,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = "digest confirmed 1h ago served: down"},
    {.name = "a check that lies before the event adds nothing",
     .freshness = FRESHNESS_ALWAYS,
     .age = HOUR,
     .last_checked = 3 * HOUR,
     .said = IS_DOWN,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = "digest recorded 1h ago served: down"},
    {.name = "as old as what this process heard",
     .freshness = FRESHNESS_ALWAYS,
     .required = true,
     .age = 20 * HOUR,
     .last_checked = 10 * HOUR,
     .max_stale = HOUR,
     .said = IS_DOWN_BUT_CONFIRMED,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = "digest confirmed 1m ago served: down"},
    {.name = "no source serves the record whatever the freshness",
     .freshness = FRESHNESS_ALWAYS,
     .required = true,
     .no_source = true,
     .age = 20 * HOUR,
     .max_stale = HOUR,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = ""},
    {.name = "neither source nor record",
     .freshness = FRESHNESS_ALWAYS,
     .no_source = true,
     .no_record = true,
     .want = RESOLUTION_MUST_NOT,
     .says = "stream shop/web has nothing recorded for tag \"t\" and no registry tag to follow"},
    {.name = "a removed tag is none",
     .freshness = FRESHNESS_IF_NOT_PRESENT,
     .no_source = true,
     .age = HOUR,
     .removed = true,
     .want = RESOLUTION_MUST_NOT,
     .says = "stream shop/web has no tag \"t\" any more"},
    {.name = "a pending digest keeps Always from asking",
     .freshness = FRESHNESS_ALWAYS,
     .required = true,
     .age = 20 * HOUR,
     .max_stale = HOUR,
     .pending = true,
     .said = SAYS_NEWER,
     .want = RESOLUTION_PIN,
     .stored = STORED,
     .says = ""},
    {.name = "a pending first digest does not",
     .freshness = FRESHNESS_ALWAYS,
     .no_record = true,
     .pending = true,
     .said = SAYS_NEWER,
     .want = RESOLUTION_PIN,
     .stored = FRESH,
     .says = ""},
};

struct world {
    struct arena arena;
    struct tag_event event;
    struct tag_history history;
    struct stream_tag tag;
    struct image_stream stream;
    struct tag_answer answer;
    struct tag_answers answers;
    struct effective_policy policy;
    struct cluster_view view;
    struct question_list questions;
    bool needs_revision;
};

static void say(struct world *world, enum said said)
{
    struct tag_answer *answer = &world->answer;

    *answer = (struct tag_answer){.reference = STR("r.example/web:1")};
    world->answers = (struct tag_answers){.items = answer, .count = said != SAYS_NOTHING, .closed = true};
    answer->outcome = said == SAYS_NEWER ? TAG_FOUND : said == SAYS_GONE ? TAG_MUST_NOT : TAG_NOT_NOW;
    answer->digest = STR(NEWER);
    answer->cause = said == SAYS_GONE ? STR("gone") : STR("down");
    if (said == IS_DOWN_BUT_CONFIRMED) {
        answer->confirmed_digest = STR(DIGEST);
        answer->confirmed_at = NOW - 60;
    }
}

static void make(struct world *world, const struct row *row)
{
    const struct image_stream *stream = &world->stream;
    struct cluster_objects objects = {.streams = &stream, .stream_count = 1};

    *world = (struct world){.policy = {.fields = effective_policy_defaults}};
    arena_init(&world->arena);
    world->event = (struct tag_event){.image = STR(DIGEST),
                                      .reference = STR(STORED),
                                      .created = NOW - row->age,
                                      .created_known = row->age > 0};
    world->history = (struct tag_history){.tag = STR("t"),
                                          .events = &world->event,
                                          .count = !row->no_record,
                                          .last_checked = NOW - row->last_checked,
                                          .last_checked_known = row->last_checked > 0,
                                          .removed = row->removed,
                                          .pending = row->pending};
    world->tag = (struct stream_tag){.name = STR("t"),
                                     .from_kind = STR("DockerImage"),
                                     .from_name = STR("r.example/web:1"),
                                     .has_from = !row->no_source};
    world->stream = (struct image_stream){.namespace = STR("shop"),
                                          .name = STR("web"),
                                          .tags = &world->tag,
                                          .tag_count = !row->removed,
                                          .histories = &world->history,
                                          .history_count = 1};
    image_stream_prepare(&world->arena, &world->stream);
    view_build(&world->arena, &objects, 1, &world->view);
    world->policy.fields.max_stale = row->max_stale;
    world->policy.fields.max_stale_set = row->max_stale > 0;
    say(world, row->said);
}

static struct resolution_scope scope_of(struct world *world)
{
    return (struct resolution_scope){.lookup = {.arena = &world->arena,
                                                .view = &world->view,
                                                .policy = &world->policy,
                                                .namespace = STR("shop")},
                                     .answers = &world->answers,
                                     .questions = &world->questions,
                                     .needs_revision = &world->needs_revision,
                                     .now = NOW};
}

TEST(a_tag_is_resolved_by_freshness_and_age)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world world;
        struct tag_resolution got;
        struct resolution_scope scope;

        make(&world, &rows[i]);
        scope = scope_of(&world);
        tag_resolution_stream(
            &scope, &(struct stream_question){&world.stream, STR("t"), rows[i].freshness, rows[i].required},
            &got);
        CHECK_ROW(got.kind == rows[i].want, "%s: kind %d", rows[i].name, (int)got.kind);
        CHECK_ROW(!rows[i].stored || str_equal(got.stored, str_from_c(rows[i].stored)), "%s: " STR_FMT,
                  rows[i].name, STR_ARG(got.stored));
        CHECK_ROW(str_equal(tag_resolution_failed(&got) ? got.cause : got.warning, str_from_c(rows[i].says)),
                  "%s: " STR_FMT STR_FMT, rows[i].name, STR_ARG(got.cause), STR_ARG(got.warning));
        arena_release(&world.arena);
    }
}

TEST(what_is_not_heard_yet_is_asked_for_once)
{
    static const struct row row = {.freshness = FRESHNESS_ALWAYS, .age = HOUR};
    struct world world;
    struct tag_resolution got;
    struct resolution_scope scope;

    make(&world, &row);
    world.answers.closed = false;
    scope = scope_of(&world);
    tag_resolution_stream(
        &scope, &(struct stream_question){&world.stream, STR("t"), FRESHNESS_IF_NOT_PRESENT, false}, &got);
    CHECK(got.kind == RESOLUTION_PIN && world.questions.count == 0);
    tag_resolution_stream(&scope, &(struct stream_question){&world.stream, STR("t"), FRESHNESS_ALWAYS, false},
                          &got);
    CHECK(got.kind == RESOLUTION_ASKED && world.questions.count == 1 && world.questions.items[0].fresh);
    tag_resolution_stream(&scope, &(struct stream_question){&world.stream, STR("t"), FRESHNESS_ALWAYS, false},
                          &got);
    CHECK(world.questions.count == 1);
    arena_release(&world.arena);
}

TEST(a_pod_of_a_revision_takes_the_event_of_its_time)
{
    static const struct row row = {.age = HOUR};
    struct world world;
    struct resolution_scope scope;
    struct tag_resolution got;
    struct tag_event events[] = {
        {.image = STR(NEWER), .reference = STR(FRESH), .created = 500, .created_known = true},
        {.image = STR(DIGEST), .reference = STR(STORED), .created = 100, .created_known = true}};
    static const struct {
        int64_t began;
        const char *want;
    } moments[] = {{600, FRESH}, {500, FRESH}, {499, STORED}, {50, STORED}};

    make(&world, &row);
    world.history.events = events;
    world.history.count = ARRAY_LEN(events);
    image_stream_prepare(&world.arena, &world.stream);
    scope = scope_of(&world);
    scope.revision = REVISION_KNOWN;
    for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
        world.answers.revision_time = moments[i].began;
        tag_resolution_stream(
            &scope, &(struct stream_question){&world.stream, STR("t"), FRESHNESS_ALWAYS, true}, &got);
        CHECK_STR(got.stored, str_from_c(moments[i].want));
    }
    scope.revision = REVISION_ASKABLE;
    tag_resolution_stream(&scope, &(struct stream_question){&world.stream, STR("t"), FRESHNESS_ALWAYS, true},
                          &got);
    CHECK(got.kind == RESOLUTION_ASKED && world.needs_revision);
    arena_release(&world.arena);
}

TEST(a_plain_tag_is_asked_for_by_its_whole_name)
{
    static const struct row row = {.age = HOUR, .said = SAYS_NEWER};
    struct image_reference ref;
    struct error err;
    struct world world;
    struct resolution_scope scope;
    struct tag_resolution got;

    make(&world, &row);
    scope = scope_of(&world);
    CHECK(image_reference_parse(STR("r.example/web:1"), &ref, &err) == 0);
    tag_resolution_plain(&scope, &ref, FRESHNESS_IF_NOT_PRESENT, &got);
    CHECK_STR(got.stored, STR(FRESH));
    CHECK(image_reference_parse(STR("r.example/web:2"), &ref, &err) == 0);
    tag_resolution_plain(&scope, &ref, FRESHNESS_IF_NOT_PRESENT, &got);
    CHECK(got.kind == RESOLUTION_NOT_NOW);
    arena_release(&world.arena);
}

TEST_MAIN()
