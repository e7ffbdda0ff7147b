/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/evaluate.h"
#include "core/cluster/view_build.h"

#include "test.h"

#include <stdio.h>

/*
 * What becomes of the one container of a Deployment (semantics §2, §7, §8), row by row. Stream "good" has a
 * record, "bare" has neither record nor source, "sourced" has a source that cannot be asked.
 */
#define HEX   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define PIN   "r.example/good@sha256:" HEX
#define OLDER "r.example/good@sha256:" OTHER

enum { NOW = 100000, BODY_MAX = 4096 };

struct row {
    const char *name;
    enum enforcement enforcement;
    enum resolution streams, tags;
    const char *image, *policy;         /* as they come */
    const char *old, *old_policy;       /* NULL: a CREATE */
    const char *entry, *old_entry;      /* the container's in weir.dev/images, without braces; NULL: none */
    const char *refresh;                /* a new value; NULL: none */
    const struct pull_rule *rule;       /* NULL: none */
    int code;                           /* 0: allowed */
    const char *stored, *stored_policy; /* NULL: as they came */
    size_t warnings;
};

static const enum pull_policy always[] = {PULL_POLICY_ALWAYS};

#define RULE(what)                                                                                           \
    {                                                                                                        \
        .name = STR_INIT("r"), .policy = STR_INIT("p"), .containers = CONTAINERS_ALL, .allow = always,       \
        .allow_count = 1, .action = (what)                                                                   \
    }
static const struct pull_rule deny = RULE(PULL_ACTION_DENY);
static const struct pull_rule warn = RULE(PULL_ACTION_WARN);
static const struct pull_rule set = RULE(PULL_ACTION_SET);

#define GOOD                 "\\\"image\\\":\\\"good:t\\\",\\\"stored\\\":\\\"" PIN "\\\""
#define GOOD_OLDER           "\\\"image\\\":\\\"good:t\\\",\\\"stored\\\":\\\"" OLDER "\\\""
#define SAYS(policy, stored) ",\\\"pullPolicy\\\":\\\"" policy "\\\",\\\"setPolicy\\\":\\\"" stored "\\\""
#define ENFORCE              ENFORCEMENT_ENFORCE
#define WARN                 ENFORCEMENT_WARN
#define AUDIT                ENFORCEMENT_AUDIT
#define MUST                 RESOLUTION_REQUIRED
#define MAY                  RESOLUTION_ATTEMPT
#define OFF                  RESOLUTION_OFF

/* clang-format off */
static const struct row rows[] = {
    /* §7 */
    {"an answer", ENFORCE, MAY, OFF, "good:t", "Always", .stored = PIN},
    {"an answer under Audit", AUDIT, MAY, OFF, "good:t", "Always", .stored = PIN},
    {"no answer, Required", ENFORCE, MUST, OFF, "bare:t", "Always", .code = 403},
    {"not now, Required", ENFORCE, MUST, OFF, "sourced:t", "Always", .code = 503},
    {"no answer, Required, Warn", WARN, MUST, OFF, "bare:t", "Always", .warnings = 1},
    {"not now, Required, Warn", WARN, MUST, OFF, "sourced:t", "Always", .stored = "r.example/sourced:1", .warnings = 1},
    {"no answer, Required, Audit", AUDIT, MUST, OFF, "bare:t", "Always", .stored = NULL},
    {"not now, Attempt", ENFORCE, MAY, OFF, "sourced:t", "Always", .stored = "r.example/sourced:1", .warnings = 1},
    {"no answer, Attempt", ENFORCE, MAY, OFF, "bare:t", "Always", .warnings = 1},
    {"a plain tag, Off", ENFORCE, MAY, OFF, "x/y:1", "Always", .stored = NULL},
    {"a plain tag, not now, Required", ENFORCE, MAY, MUST, "x/y:1", "Always", .code = 503},
    {"a plain tag, not now, Attempt", ENFORCE, MAY, MAY, "x/y:1", "Always", .stored = NULL},
    {"what does not parse, Required", ENFORCE, MAY, MUST, "X", "Always", .code = 403},
    {"what does not parse", ENFORCE, MAY, MAY, "X", "Always", .stored = NULL},
    {"streams Off, a stream's name", ENFORCE, OFF, OFF, "good:t", "Always", .stored = NULL},
    /* §8 */
    {"Set", ENFORCE, MAY, OFF, "x/y:1", "Never", .rule = &set, .stored_policy = "Always"},
    {"Set under Warn", WARN, MAY, OFF, "x/y:1", "Never", .rule = &set, .warnings = 1},
    {"Deny", ENFORCE, MAY, OFF, "x/y:1", "Never", .rule = &deny, .code = 403},
    {"Deny under Warn", WARN, MAY, OFF, "x/y:1", "Never", .rule = &deny, .warnings = 1},
    {"Deny under Audit", AUDIT, MAY, OFF, "x/y:1", "Never", .rule = &deny},
    {"Warn", ENFORCE, MAY, OFF, "x/y:1", "Never", .rule = &warn, .warnings = 1},
    {"allowed", ENFORCE, MAY, OFF, "x/y:1", "Always", .rule = &deny},
    /* §2, rows one and two */
    {"put back", ENFORCE, MAY, OFF, "good:t", "Never", OLDER, "Never", .old_entry = GOOD_OLDER, .rule = &deny, .stored = OLDER},
    {"put back, the words again", ENFORCE, MAY, OFF, "good:t", "Never", PIN, "Never", .old_entry = GOOD, .rule = &deny, .stored = PIN},
    {"another policy", ENFORCE, MAY, OFF, PIN, "Never", PIN, "Always", GOOD, GOOD, .rule = &deny, .code = 403},
    /* Row four: a refresh does not fail for what was there before, and lets nothing else pass. */
    {"a refresh, the policy as before", ENFORCE, MAY, OFF, PIN, "Never", PIN, "Never", GOOD, GOOD, "1", &deny, .warnings = 1},
    {"a refresh, another policy", ENFORCE, MAY, OFF, PIN, "Never", PIN, "Always", GOOD, GOOD, "1", &deny, .code = 403},
    {"a refresh, the author's policy allowed", ENFORCE, MAY, OFF, PIN, "Never", PIN, "Never", GOOD SAYS("Always", "Never"), GOOD SAYS("Always", "Never"),
     "1", &deny, .stored_policy = "Always"},
    {"a refresh, the author's policy forbidden", ENFORCE, MAY, OFF, PIN, "Always", PIN, "Always", GOOD SAYS("Never", "Always"), GOOD SAYS("Never", "Always"),
     "1", &deny, .warnings = 1},
    {"a refresh, a rule that warns", ENFORCE, MAY, OFF, PIN, "Always", PIN, "Always", GOOD SAYS("Never", "Always"), GOOD SAYS("Never", "Always"),
     "1", &warn, .warnings = 1},
    {"a refresh, a rule that sets", ENFORCE, MAY, OFF, PIN, "Never", PIN, "Never", GOOD, GOOD, "1", &set, .stored_policy = "Always"},
    {"a refresh, a rule that would set", WARN, MAY, OFF, PIN, "Never", PIN, "Never", GOOD, GOOD, "1", &set, .warnings = 1},
    {"a refresh of a forbidden policy in words", ENFORCE, MAY, OFF, PIN, "Never", PIN, "Always", NULL, GOOD SAYS("Never", "Always"), "1", &deny,
     .stored_policy = "Always", .warnings = 1},
    /* Row three: the text that came with its entry stands, and a forged entry lets no policy pass. */
    {"a refresh seen again", ENFORCE, MAY, OFF, PIN, "Never", OLDER, "Never", GOOD, GOOD_OLDER, "1", &deny,
     .warnings = 1},
    {"a forged entry beside a refresh", ENFORCE, MAY, OFF, PIN, "Never", PIN, "Always", GOOD SAYS("Always", "Never"), GOOD, "1", &deny,
     .stored_policy = "Always", .warnings = 1},
    {"an undo to a forbidden policy", ENFORCE, MAY, OFF, OLDER, "Never", PIN, "Always", GOOD_OLDER, GOOD, "1", &deny,
     .code = 403},
    /* §3: an entry of the author's making */
    {"words that lead to nothing", ENFORCE, MAY, MUST, "r.example/bare:1", "Always", .entry = "\\\"image\\\":\\\"bare:t\\\",\\\"stored\\\":\\\"r.example/bare:1\\\"",
     .code = 503},
    {"words that have an answer", ENFORCE, MAY, MUST, "r.example/good:1", "Always", .entry = "\\\"image\\\":\\\"good:t\\\",\\\"stored\\\":\\\"r.example/good:1\\\"",
     .stored = PIN},
};
/* clang-format on */

static struct arena arena;

static const struct image_stream *make_stream(struct str name, struct str repository, bool has_source,
                                              bool has_record)
{
    struct image_stream *stream = ARENA_NEW(&arena, struct image_stream);

    *stream = (struct image_stream){.namespace = STR("shop"),
                                    .name = name,
                                    .lookup_local = true,
                                    .repository = repository,
                                    .tags = ARENA_NEW(&arena, struct stream_tag),
                                    .tag_count = 1,
                                    .histories = ARENA_NEW(&arena, struct tag_history),
                                    .history_count = 1};
    stream->tags[0] = (struct stream_tag){.name = STR("t"),
                                          .from_kind = STR("DockerImage"),
                                          .from_name = arena_join(&arena, repository, STR(":1")),
                                          .has_from = has_source};
    stream->histories[0] = (struct tag_history){.tag = STR("t"), .count = has_record};
    stream->histories[0].events = ARENA_NEW(&arena, struct tag_event);
    stream->histories[0].events[0] =
        (struct tag_event){.image = STR("sha256:" HEX), .reference = STR(PIN), .created_known = true};
    image_stream_prepare(&arena, stream);
    return stream;
}

static void make_view(const struct row *row, struct cluster_view *ret)
{
    const struct image_stream **streams = ARENA_ARRAY(&arena, 3, const struct image_stream *);
    struct stream_policy *policy = ARENA_NEW(&arena, struct stream_policy);
    const struct stream_policy **policies = ARENA_ARRAY(&arena, 1, const struct stream_policy *);
    struct cluster_objects objects = {
        .streams = streams, .stream_count = 3, .policies = policies, .policy_count = 1};

    streams[0] = make_stream(STR("good"), STR("r.example/good"), false, true);
    streams[1] = make_stream(STR("bare"), STR("r.example/bare"), false, false);
    streams[2] = make_stream(STR("sourced"), STR("r.example/sourced"), true, false);
    *policy = (struct stream_policy){.namespace = STR("shop"),
                                     .name = STR("p"),
                                     .fields = {.enforcement = row->enforcement,
                                                .streams_resolution = row->streams,
                                                .tags_resolution = row->tags},
                                     .rules = row->rule,
                                     .rule_count = row->rule != NULL};
    policies[0] = policy;
    view_build(&arena, &objects, 1, ret);
}

static struct str object_text(const char *image, const char *policy, const char *entry, const char *refresh)
{
    char *text = arena_alloc(&arena, BODY_MAX);

    snprintf(
        text, BODY_MAX,
        "{\"metadata\":{\"annotations\":{\"weir.dev/refresh\":\"%s\"}},\"spec\":{\"template\":{\"metadata\":{"
        "\"annotations\":{%s%s%s}},\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"%s\","
        "\"imagePullPolicy\":\"%s\"}]}}}}",
        refresh ? refresh : "", entry ? "\"weir.dev/images\":\"{\\\"app\\\":{" : "", entry ? entry : "",
        entry ? "}}\"" : "", image, policy);
    return str_from_c(text);
}

static struct admission_decision decided(const struct row *row)
{
    static const struct admission_options options = {.explain = true};
    static const struct tag_answers closed = {.closed = true, .now = NOW};
    struct admission_request request;
    struct workload_table table;
    struct cluster_view view;
    struct error err;
    struct str old = row->old ? object_text(row->old, row->old_policy, row->old_entry, NULL) : STR("null");
    struct str body = arena_join(
        &arena,
        STR("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
            "\"uid\":\"u\",\"namespace\":\"shop\",\"operation\":\""),
        row->old ? STR("UPDATE") : STR("CREATE"),
        STR("\",\"kind\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"},\"object\":"),
        object_text(row->image, row->policy, row->entry, row->refresh), STR(",\"oldObject\":"), old,
        STR("}}"));

    make_view(row, &view);
    CHECK(workload_paths_build(&arena, NULL, 0, &table, &err) == 0);
    CHECK_ROW(admission_review_decode(&arena, &table, body, &request, &err) == 0, "%s: " STR_FMT, row->name,
              STR_ARG(error_text(&err)));
    return admission_evaluate(&arena, &view, &options, &request, &closed);
}

TEST(one_container_by_row)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct admission_decision got = decided(row);
        const char *stored = row->stored ? row->stored : row->image;
        const char *policy = row->stored_policy ? row->stored_policy : row->policy;

        CHECK_ROW(got.response.code == row->code, "%s: %d " STR_FMT, row->name, got.response.code,
                  STR_ARG(got.response.message));
        CHECK_ROW(got.position_count == 1, "%s: no position", row->name);
        if (got.position_count != 1 || row->code != 0)
            continue;
        CHECK_ROW(str_equal(got.positions[0].stored, str_from_c(stored)), "%s: " STR_FMT, row->name,
                  STR_ARG(got.positions[0].stored));
        CHECK_ROW(str_equal(got.positions[0].pull_policy_after, str_from_c(policy)), "%s: " STR_FMT,
                  row->name, STR_ARG(got.positions[0].pull_policy_after));
        CHECK_ROW(got.response.warning_count == row->warnings, "%s: %zu warnings", row->name,
                  got.response.warning_count);
    }
    arena_release(&arena);
}

TEST_MAIN()
