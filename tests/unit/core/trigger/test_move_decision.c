/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/move_decision.h"

#include "base/json/read.h"
#include "base/text.h"
#include "core/cluster/view_build.h"
#include "core/object/decode.h"

#include "test.h"

#define A       "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B       "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C       "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define REPO    "quay.io/acme/app"
#define AT_A    REPO "@" A
#define AT_B    REPO "@" B
#define AT_C    REPO "@" C
#define SHORT_B "bbbbbbbbbbbb"

/* Tags of a stream: {"tag": "latest", "items": [B at 200, A at 100]}. */
#define EVENT(digest, second)                                                                                \
    "{\"image\":\"" digest "\",\"dockerImageReference\":\"" REPO "@" digest                                  \
    "\",\"created\":\"1970-01-01T00:0" second "Z\",\"generation\":1}"
#define TAG(name, items) "{\"tag\":\"" name "\",\"items\":[" items "]}"
#define FROM(name)                                                                                           \
    "{\"name\":\"" name "\",\"from\":{\"kind\":\"DockerImage\",\"name\":\"" REPO ":" name "\"}}"
#define STREAM(namespace, name, spec, status)                                                                \
    "{\"apiVersion\":\"weir.dev/"                                                                            \
    "v1alpha1\",\"kind\":\"ImageStream\",\"metadata\":{\"namespace\":\"" namespace "\",\"name\":\"" name     \
                                                                                   "\"},\"spec\":{"          \
                                                                                   "\"lookupPolicy\":{"      \
                                                                                   "\"local\":true},"        \
                                                                                   "\"tags\":[" spec         \
                                                                                   "]},\"status\":{"         \
                                                                                   "\"tags\":[" status "]}}"
#define NEW_B EVENT(B, "3:20") "," EVENT(A, "1:40")
#define APP   STREAM("ns", "app", FROM("latest"), TAG("latest", NEW_B))
#define NAMESPACE(name, labels)                                                                              \
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"" name "\",\"labels\":{" labels  \
    "}}}"
#define POLICY(spec)                                                                                         \
    "{\"apiVersion\":\"weir.dev/v1alpha1\",\"kind\":\"ClusterStreamPolicy\",\"metadata\":{\"name\":\"p\"},"  \
    "\"spec\":{" spec "}}"

/* Parts of a workload */
#define FOLLOW "\"weir.dev/follow\":\"true\""
#define TRIGGER(path, tag, more)                                                                             \
    "{\\\"from\\\":{\\\"kind\\\":\\\"ImageStreamTag\\\",\\\"name\\\":\\\"" tag "\\\"" more                   \
    "},\\\"fieldPath\\\":\\\"" path "\\\"}"
#define BY_NAME(list, name)    "spec.template.spec." list "[?(@.name=='" name "')].image"
#define WEB_TRIGGER            TRIGGER(BY_NAME("containers", "web"), "app:latest", "")
#define TRIGGERS(entries)      "\"image.openshift.io/triggers\":\"[" entries "]\""
#define CONTAINER(name, image) "{\"name\":\"" name "\",\"image\":\"" image "\"}"
#define ENTRY(name, word, stored)                                                                            \
    "\\\"" name "\\\":{\\\"image\\\":\\\"" word "\\\",\\\"stored\\\":\\\"" stored "\\\"}"
#define IMAGES(entries) "\"weir.dev/images\":\"{" entries "}\""

static struct arena arena;

struct world {
    const struct image_stream *streams[8];
    const struct stream_policy *policies[2];
    const struct namespace_object *namespaces[4];
    struct cluster_objects objects;
    struct cluster_view view;
    struct workload_revision revisions[4];
    struct movement_scope scope;
    struct moving_workload workload;
    struct trigger_list triggers;
    struct movement movement;
};

static struct world world;

static struct value *read_json(struct str json)
{
    struct value *value = NULL;
    struct error err;

    if (json_read(&arena, json, &value, &err) < 0) {
        fprintf(stderr, "%s\n" STR_FMT "\n", err.text, STR_ARG(json));
        abort();
    }
    return value;
}

static void add_object(const char *json)
{
    struct text_pool *texts = ARENA_NEW(&arena, struct text_pool);
    struct cluster_object object;
    struct error err;

    text_pool_init(texts, &arena);
    if (object_decode(texts, read_json(str_from_c(json)), NULL, &object, &err) < 0) {
        fprintf(stderr, "%s\n%s\n", err.text, json);
        abort();
    }
    if (object.kind == OBJECT_IMAGE_STREAM)
        world.streams[world.objects.stream_count++] = object.as.stream;
    else if (object.kind == OBJECT_NAMESPACE)
        world.namespaces[world.objects.namespace_count++] = object.as.namespace;
    else
        world.policies[world.objects.policy_count++] = object.as.policy;
}

/* An empty cluster. */
static void begin(void)
{
    arena_release(&arena);
    memset(&world, 0, sizeof world);
}

static void decide(void)
{
    const struct moving_kind_row *kind = &moving_workload_kinds[world.workload.kind];

    world.objects.streams = world.streams;
    world.objects.policies = world.policies;
    world.objects.namespaces = world.namespaces;
    view_build(&arena, &world.objects, 1, &world.view);
    world.scope.view = &world.view;
    world.scope.revisions = world.revisions;
    trigger_list_parse(&arena, world.workload.triggers, kind->pod_spec, &world.triggers);
    move_decision_make(&arena, &world.workload, &world.triggers, &world.scope, &world.movement);
}

struct parts {
    enum moving_kind kind;
    const char *metadata; /* further members, each with a comma in front */
    const char *annotations;
    const char *template; /* its annotations */
    const char *containers;
    const char *spec; /* of the Pod: further members, each with a comma in front */
};

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void set_workload(const struct parts *parts)
{
    bool cron = parts->kind == MOVING_CRON_JOB;
    struct text json;

    text_init(&json, &arena, 1 << 20);
    text_addf(
        &json,
        "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"w\",\"uid\":\"u1\",\"resourceVersion\":\"42\"%s,"
        "\"annotations\":{%s}},\"spec\":{%s\"template\":{\"metadata\":{\"annotations\":{%s}},"
        "\"spec\":{\"containers\":[%s]%s}}%s}}",
        or_empty(parts->metadata), or_empty(parts->annotations), cron ? "\"jobTemplate\":{\"spec\":{" : "",
        or_empty(parts->template), or_empty(parts->containers), or_empty(parts->spec), cron ? "}}" : "");
    moving_workload_read(&arena, parts->kind, read_json(text_str(&json)), &world.workload);
}

static void decide_for(const struct parts *parts)
{
    set_workload(parts);
    decide();
}

static void add_revision(int64_t created, const char *image)
{
    struct text json;
    struct workload_revision *revision = &world.revisions[world.scope.revision_count++];

    world.scope.revisions_known = true;
    text_init(&json, &arena, 1 << 16);
    text_addf(
        &json,
        "{\"metadata\":{\"creationTimestamp\":\"1970-01-01T00:%02lld:%02lldZ\",\"ownerReferences\":["
        "{\"uid\":\"u1\",\"controller\":true}]},\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":"
        "\"web\",\"image\":\"%s\"}]}}}}",
        (long long)created / 60, (long long)created % 60, image);
    CHECK(workload_revision_read(&arena, read_json(text_str(&json)), STR("u1"), revision));
}

#define DOCUMENT(kind, api, annotations, spec)                                                               \
    "{\"apiVersion\":\"" api "\",\"kind\":\"" kind                                                           \
    "\",\"metadata\":{\"name\":\"w\",\"namespace\":\"ns\",\"uid\":\"u1\","                                   \
    "\"resourceVersion\":\"42\"" annotations "}" spec "}"
#define DEPLOYMENT(annotations, spec) DOCUMENT("Deployment", "apps/v1", annotations, spec)
#define REFRESH(value)                ",\"annotations\":{\"weir.dev/refresh\":\"" value "\"}"
#define POD_SPEC(members)             ",\"spec\":{\"template\":{\"spec\":{" members "}}}"
#define SET_WEB(image)                DEPLOYMENT("", POD_SPEC("\"containers\":[" CONTAINER("web", image) "]"))

static const struct parts following = {
    .annotations = FOLLOW,
    .template = IMAGES(ENTRY("web", "app", AT_A)),
    .containers = CONTAINER("web", AT_A),
};

TEST(a_word_whose_tag_has_moved_is_refreshed)
{
    begin();
    add_object(APP);
    add_revision(100, AT_A);
    decide_for(&following);
    CHECK_STR(world.movement.follow, STR(DEPLOYMENT(REFRESH(SHORT_B), "")));
    CHECK(world.movement.trigger.len == 0 && !world.movement.rolls);
    CHECK(world.movement.moved_count == 1);
    CHECK_STR(world.movement.moved[0].position, STR("web"));
    CHECK_STR(world.movement.moved[0].from, STR(AT_A));
    CHECK_STR(world.movement.moved[0].to, STR(AT_B));
}

TEST(what_holds_the_newest_digest_is_left)
{
    begin();
    add_object(APP);
    decide_for(&(struct parts){.annotations = FOLLOW,
                               .template = IMAGES(ENTRY("web", "app:latest", AT_B)),
                               .containers = CONTAINER("web", AT_B)});
    CHECK(world.movement.follow.len == 0 && !world.movement.needs_revisions && !world.movement.left);
}

TEST(only_words_that_are_of_the_image_count)
{
    static const struct parts rows[] = {
        {.annotations = FOLLOW,
         .template = IMAGES(ENTRY("web", "app", AT_A)),
         .containers = CONTAINER("web", AT_C)},
        {.annotations = FOLLOW,
         .template = IMAGES(ENTRY("other", "app", AT_A)),
         .containers = CONTAINER("web", AT_A)},
        {.annotations = FOLLOW,
         .template = IMAGES(ENTRY("web", "nginx", AT_A)),
         .containers = CONTAINER("web", AT_A)},
        {.annotations = FOLLOW, .containers = CONTAINER("web", AT_A)},
        {.annotations = FOLLOW,
         .template = "\"weir.dev/images\":\"[]\"",
         .containers = CONTAINER("web", AT_A)},
        {.annotations = "\"weir.dev/follow\":\"yes\"",
         .template = IMAGES(ENTRY("web", "app", AT_A)),
         .containers = CONTAINER("web", AT_A)},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin();
        add_object(APP);
        add_revision(100, AT_A);
        decide_for(&rows[i]);
        CHECK_ROW(world.movement.follow.len == 0, "%zu", i);
    }
}

TEST(an_older_digest_needs_the_revisions)
{
    begin();
    add_object(APP);
    decide_for(&following);
    CHECK(world.movement.needs_revisions && world.movement.follow.len == 0);
}

TEST(what_was_taken_back_stays_until_the_tag_moves)
{
    begin();
    add_object(APP);
    add_revision(100, AT_A);
    add_revision(201, AT_B); /* since the event of 200 s */
    decide_for(&following);
    CHECK(world.movement.follow.len == 0);

    begin();
    add_object(APP);
    add_revision(100, AT_A);
    add_revision(150, AT_B); /* before it */
    decide_for(&following);
    CHECK(world.movement.follow.len > 0);
}

TEST(a_cron_job_has_no_revisions)
{
    begin();
    add_object(APP);
    decide_for(&(struct parts){.kind = MOVING_CRON_JOB,
                               .annotations = FOLLOW,
                               .template = IMAGES(ENTRY("web", "app", AT_A)),
                               .containers = CONTAINER("web", AT_A)});
    CHECK_STR(world.movement.follow, STR(DOCUMENT("CronJob", "batch/v1", REFRESH(SHORT_B), "")));
}

TEST(a_digest_of_no_event_makes_the_tag_be_checked_first)
{
    const struct parts parts = {.annotations = FOLLOW,
                                .template = IMAGES(ENTRY("web", "app", AT_C)),
                                .containers = CONTAINER("web", AT_C)};

    begin();
    add_object(APP);
    decide_for(&parts);
    CHECK(world.movement.follow.len == 0 && world.movement.check_count == 1);
    CHECK_STR(world.movement.checks[0].repository, STR(REPO));
    CHECK_STR(world.movement.checks[0].tag, STR("latest"));
    world.scope.confirmed = true;
    decide();
    CHECK_STR(world.movement.follow, STR(DEPLOYMENT(REFRESH(SHORT_B), "")));
    CHECK(world.movement.check_count == 0);
}

TEST(a_name_that_had_no_record_is_refreshed_when_there_is_one)
{
    begin();
    add_object(APP);
    decide_for(&(struct parts){.annotations = FOLLOW,
                               .template = IMAGES(ENTRY("web", "app", REPO ":latest")),
                               .containers = CONTAINER("web", REPO ":latest")});
    CHECK_STR(world.movement.follow, STR(DEPLOYMENT(REFRESH(SHORT_B), "")));
}

TEST(what_led_to_nothing_gets_a_counter)
{
    static const struct {
        const char *present;
        const char *next;
    } rows[] = {
        {SHORT_B, SHORT_B "-2"},        {SHORT_B "-2", SHORT_B "-3"}, {SHORT_B "-9", SHORT_B "-10"},
        {SHORT_B "-x", SHORT_B},        {SHORT_B "-1", SHORT_B},      {"aaaaaaaaaaaa", SHORT_B},
        {SHORT_B "." SHORT_B, SHORT_B},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct parts parts = following;
        char annotations[256];
        char want[512];

        begin();
        add_object(APP);
        add_revision(100, AT_A);
        (void)snprintf(annotations, sizeof annotations, FOLLOW ",\"weir.dev/refresh\":\"%s\"",
                       rows[i].present);
        parts.annotations = annotations;
        decide_for(&parts);
        (void)snprintf(want, sizeof want, DEPLOYMENT(REFRESH("%s"), ""), rows[i].next);
        CHECK_STR(world.movement.follow, str_from_c(want));
    }
}

TEST(the_value_names_each_moved_tag_once)
{
    begin();
    add_object(STREAM("ns", "app", FROM("latest") "," FROM("next"),
                      TAG("latest", NEW_B) "," TAG("next", EVENT(C, "3:20") "," EVENT(A, "1:40"))));
    add_revision(100, AT_A);
    decide_for(&(struct parts){.annotations = FOLLOW,
                               .template = IMAGES(ENTRY("web", "app", AT_A) "," ENTRY(
                                   "two", "app:latest", AT_A) "," ENTRY("init", "app:next", AT_A)),
                               .containers = CONTAINER("web", AT_A) "," CONTAINER("two", AT_A),
                               .spec = ",\"initContainers\":[" CONTAINER("init", AT_A) "]"});
    CHECK_STR(world.movement.follow, STR(DEPLOYMENT(REFRESH(SHORT_B ".cccccccccccc"), "")));
    CHECK(world.movement.moved_count == 3);
}

TEST(a_volume_follows_too)
{
    begin();
    add_object(APP);
    add_revision(100, "nginx");
    decide_for(
        &(struct parts){.annotations = FOLLOW,
                        .template = IMAGES(ENTRY("volume/data", "app", AT_A)),
                        .containers = CONTAINER("web", "nginx"),
                        .spec = ",\"volumes\":[{\"name\":\"data\",\"image\":{\"reference\":\"" AT_A "\"}}]"});
    CHECK_STR(world.movement.follow, STR(DEPLOYMENT(REFRESH(SHORT_B), "")));
}

#define PODS_ONLY POLICY("\"targets\":[\"Pods\"]")

TEST(where_only_pods_are_pinned_the_template_is_refreshed_by_the_age_of_its_revision)
{
    const struct parts parts = {.annotations = FOLLOW, .containers = CONTAINER("web", "app")};

    begin();
    add_object(APP);
    add_object(PODS_ONLY);
    decide_for(&parts);
    CHECK(world.movement.needs_revisions);
    add_revision(150, "app");
    decide();
    CHECK_STR(
        world.movement.follow,
        STR(DEPLOYMENT(
            "", ",\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"weir.dev/refresh\":\"" SHORT_B
                "\"}}}}")));
    CHECK(world.movement.rolls);
    add_revision(200, "app"); /* of that refresh; or an undo went back from it */
    decide();
    CHECK(world.movement.follow.len == 0);
}

TEST(a_refresh_that_is_owned_elsewhere_is_kept)
{
    begin();
    add_object(APP);
    add_revision(100, AT_A);
    decide_for(&(struct parts){
        .annotations = FOLLOW,
        .metadata = ",\"managedFields\":[{\"manager\":\"weir-follow\",\"operation\":\"Apply\",\"fieldsV1\":{"
                    "\"f:spec\":{"
                    "\"f:template\":{\"f:metadata\":{\"f:annotations\":{\"f:weir.dev/refresh\":{}}}}}}}]",
        .template = "\"weir.dev/refresh\":\"cccccccccccc\"," IMAGES(ENTRY("web", "app", AT_A)),
        .containers = CONTAINER("web", AT_A)});
    CHECK_STR(world.movement.follow,
              STR(DEPLOYMENT(REFRESH(SHORT_B), ",\"spec\":{\"template\":{\"metadata\":{\"annotations\":{"
                                               "\"weir.dev/refresh\":\"cccccccccccc\"}}}}")));
}

TEST(some_workloads_are_left)
{
    static const struct {
        const char *metadata;
        const char *annotations;
        const char *labels; /* of the namespace */
        const char *why;
    } rows[] = {
        {",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", FOLLOW, "", "deleted"},
        {",\"ownerReferences\":[{\"uid\":\"x\"},{\"controller\":true}]", FOLLOW, "", "controls"},
        {"", FOLLOW ",\"weir.dev/suspend\":\"true\"", "", "suspend"},
        {"", FOLLOW, "\"weir.dev/enforce\":\"off\"", "enforce"},
        {",\"deletionTimestamp\":null,\"ownerReferences\":[{\"controller\":false}]",
         FOLLOW ",\"weir.dev/suspend\":\"false\"", "\"weir.dev/enforce\":\"strict\"", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char namespace[512];
        struct parts parts = following;

        begin();
        (void)snprintf(namespace, sizeof namespace, NAMESPACE("ns", "%s"), rows[i].labels);
        add_object(namespace);
        add_object(APP);
        add_revision(100, AT_A);
        parts.metadata = rows[i].metadata;
        parts.annotations = rows[i].annotations;
        decide_for(&parts);
        CHECK_ROW((world.movement.left != NULL) == (rows[i].why != NULL), "%zu", i);
        CHECK_ROW(!rows[i].why || strstr(world.movement.left, rows[i].why), "%zu: %s", i,
                  world.movement.left);
        CHECK_ROW((world.movement.follow.len > 0) == (rows[i].why == NULL), "%zu", i);
    }
}

TEST(where_the_policy_is_off_nothing_is_followed)
{
    begin();
    add_object(APP);
    add_object(POLICY("\"enforcement\":\"Off\""));
    add_revision(100, AT_A);
    decide_for(&following);
    CHECK(world.movement.follow.len == 0);
}

/* Triggers; the rows of OpenShift's own tests of its reactor first. */

TEST(triggers_do_what_openshift_s_do)
{
    static const struct {
        const char *name;
        const char *triggers;
        const char *containers;
        const char *spec;
        const char *want; /* the pod spec that is applied; empty: nothing */
        const char *problem;
    } rows[] = {
        {"no annotation", NULL, CONTAINER("web", "x"), "", "", NULL},
        {"container missing", TRIGGERS(TRIGGER(BY_NAME("containers", "other"), "app:latest", "")),
         CONTAINER("web", "x"), "", "", "no such container"},
        {"path without .image", TRIGGERS(TRIGGER("spec.template.spec.containers[0]", "app:latest", "")),
         CONTAINER("web", "x"), "", "", "does not end"},
        {"missing ]", TRIGGERS(TRIGGER("spec.template.spec.containers[0.image", "app:latest", "")),
         CONTAINER("web", "x"), "", "", "has no \"]\""},
        {"[@.name=test]",
         TRIGGERS(TRIGGER("spec.template.spec.containers[@.name=test].image", "app:latest", "")),
         CONTAINER("test", "x"), "", "", "chooses no container"},
        {"tag unresolved", TRIGGERS(TRIGGER(BY_NAME("containers", "web"), "app:none", "")),
         CONTAINER("web", "x"), "", "", NULL},
        {"stream unresolved", TRIGGERS(TRIGGER(BY_NAME("containers", "web"), "none:latest", "")),
         CONTAINER("web", "x"), "", "", NULL},
        {"container set", TRIGGERS(WEB_TRIGGER), CONTAINER("web", "x"), "",
         "\"containers\":[" CONTAINER("web", AT_B) "]", NULL},
        {"init container set", TRIGGERS(TRIGGER(BY_NAME("initContainers", "init"), "app:latest", "")),
         CONTAINER("web", "x"), ",\"initContainers\":[" CONTAINER("init", "x") "]",
         "\"initContainers\":[" CONTAINER("init", AT_B) "]", NULL},
        {"two triggers, one resolves",
         TRIGGERS(WEB_TRIGGER "," TRIGGER(BY_NAME("containers", "two"), "app:none", "")),
         CONTAINER("web", "x") "," CONTAINER("two", "y"), "", "\"containers\":[" CONTAINER("web", AT_B) "]",
         NULL},
        {"other has the image already",
         TRIGGERS(WEB_TRIGGER "," TRIGGER(BY_NAME("containers", "two"), "app:latest", "")),
         CONTAINER("web", "x") "," CONTAINER("two", AT_B), "", "\"containers\":[" CONTAINER("web", AT_B) "]",
         NULL},
        {"two triggers of one tag",
         TRIGGERS(WEB_TRIGGER "," TRIGGER(BY_NAME("containers", "two"), "app:latest", "")),
         CONTAINER("web", "x") "," CONTAINER("two", "y"), "",
         "\"containers\":[" CONTAINER("web", AT_B) "," CONTAINER("two", AT_B) "]", NULL},
        {"a name in the other list", TRIGGERS(TRIGGER(BY_NAME("containers", "init"), "app:latest", "")),
         CONTAINER("web", "x"), ",\"initContainers\":[" CONTAINER("init", "x") "]",
         "\"initContainers\":[" CONTAINER("init", AT_B) "]", NULL},
        {"by index", TRIGGERS(TRIGGER("spec.template.spec.containers[1].image", "app:latest", "")),
         CONTAINER("web", "x") "," CONTAINER("two", "y"), "", "\"containers\":[" CONTAINER("two", AT_B) "]",
         NULL},
        {"a wrong index", TRIGGERS(TRIGGER("spec.template.spec.containers[2].image", "app:latest", "")),
         CONTAINER("web", "x"), "", "", "no such container"},
        {"two of one container",
         TRIGGERS(WEB_TRIGGER "," TRIGGER("spec.template.spec.containers[0].image", "app:latest", "")),
         CONTAINER("web", "x"), "", "\"containers\":[" CONTAINER("web", AT_B) "]", "another trigger"},
        {"one wrong, one right", TRIGGERS("{}," WEB_TRIGGER), CONTAINER("web", "x"), "",
         "\"containers\":[" CONTAINER("web", AT_B) "]", "[0]: from is missing"},
        {"a foreign namespace",
         TRIGGERS(TRIGGER(BY_NAME("containers", "web"), "app:latest", ",\\\"namespace\\\":\\\"images\\\"")),
         CONTAINER("web", "x"), "", "", "neither this one nor shared"},
        {"blank", TRIGGERS(WEB_TRIGGER), CONTAINER("web", " "), "",
         "\"containers\":[" CONTAINER("web", AT_B) "]", NULL},
        {"the tag in the text, the same digest", TRIGGERS(WEB_TRIGGER), CONTAINER("web", REPO ":latest@" B),
         "", "", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char want[1024] = "";

        begin();
        add_object(APP);
        add_object(STREAM("images", "app", FROM("latest"), TAG("latest", NEW_B)));
        decide_for(&(struct parts){
            .annotations = rows[i].triggers, .containers = rows[i].containers, .spec = rows[i].spec});
        if (rows[i].want[0])
            (void)snprintf(want, sizeof want, DEPLOYMENT("", POD_SPEC("%s")), rows[i].want);
        CHECK_ROW(str_equal(world.movement.trigger, str_from_c(want)), "%s: " STR_FMT, rows[i].name,
                  STR_ARG(world.movement.trigger));
        CHECK_ROW(world.movement.problem_count == (rows[i].problem != NULL), "%s", rows[i].name);
        CHECK_ROW(!rows[i].problem || (world.movement.problem_count == 1 &&
                                       str_contains(world.movement.problems[0], str_from_c(rows[i].problem))),
                  "%s: " STR_FMT, rows[i].name, STR_ARG(world.movement.problems[0]));
    }
}

TEST(a_paused_trigger_sets_nothing)
{
    begin();
    add_object(APP);
    decide_for(&(struct parts){
        .annotations = TRIGGERS(
            "{\\\"paused\\\":\\\"true\\\",\\\"from\\\":{\\\"kind\\\":\\\"ImageStreamTag\\\","
            "\\\"name\\\":\\\"app:latest\\\"},\\\"fieldPath\\\":\\\"" BY_NAME("containers", "web") "\\\"}"),
        .containers = CONTAINER("web", " ")});
    CHECK(world.movement.trigger.len == 0 && world.movement.problem_count == 0);
}

TEST(a_stream_of_a_shared_namespace_triggers)
{
    begin();
    add_object(STREAM("images", "app", FROM("latest"), TAG("latest", NEW_B)));
    add_object(POLICY("\"streams\":{\"sharedNamespaces\":[\"images\"]}"));
    decide_for(&(struct parts){.annotations = TRIGGERS(TRIGGER(BY_NAME("containers", "web"), "app:latest",
                                                               ",\\\"namespace\\\":\\\"images\\\"")),
                               .containers = CONTAINER("web", "x")});
    CHECK_STR(world.movement.trigger, STR(SET_WEB(AT_B)));
}

TEST(a_blank_image_is_filled_whatever_else)
{
    begin();
    add_object(APP);
    decide_for(&(struct parts){.annotations = TRIGGERS(WEB_TRIGGER), .containers = CONTAINER("web", " ")});
    CHECK(world.movement.fills);
    begin();
    add_object(APP);
    decide_for(&(struct parts){.annotations = TRIGGERS(WEB_TRIGGER), .containers = CONTAINER("web", "x")});
    CHECK(!world.movement.fills && world.movement.trigger.len > 0);
}

TEST(a_trigger_respects_an_undo)
{
    const struct parts parts = {.annotations = TRIGGERS(WEB_TRIGGER), .containers = CONTAINER("web", AT_A)};

    begin();
    add_object(APP);
    decide_for(&parts);
    CHECK(world.movement.needs_revisions);
    add_revision(100, AT_A);
    decide();
    CHECK_STR(world.movement.trigger, STR(SET_WEB(AT_B)));
    add_revision(200, AT_B);
    decide();
    CHECK(world.movement.trigger.len == 0);
}

TEST(a_mere_name_is_set_as_it_is)
{
    static const char *const rows[] = {"docker.io/library/nginx:1.25", "nginx:1.25",
                                       ("docker.io/library/nginx@" A)};

    begin();
    add_object(STREAM("ns", "app",
                      "{\"name\":\"latest\",\"reference\":true,\"from\":{\"kind\":\"DockerImage\",\"name\":"
                      "\"nginx:1.25\"}}",
                      TAG("latest", "{\"image\":\"\",\"dockerImageReference\":\"nginx:1.25\","
                                    "\"created\":\"1970-01-01T00:00:01Z\",\"generation\":1}")));
    decide_for(&(struct parts){.annotations = TRIGGERS(WEB_TRIGGER), .containers = CONTAINER("web", "x")});
    CHECK_STR(world.movement.trigger, STR(SET_WEB("docker.io/library/nginx:1.25")));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char containers[256];

        (void)snprintf(containers, sizeof containers, CONTAINER("web", "%s"), rows[i]);
        decide_for(&(struct parts){.annotations = TRIGGERS(WEB_TRIGGER), .containers = containers});
        CHECK_ROW(world.movement.trigger.len == 0, "%s", rows[i]);
    }
}

TEST(a_word_that_names_the_trigger_s_tag_is_refreshed_instead)
{
    begin();
    add_object(APP);
    add_revision(100, AT_A);
    decide_for(&(struct parts){.annotations = TRIGGERS(WEB_TRIGGER),
                               .template = IMAGES(ENTRY("web", "app:latest", AT_A)),
                               .containers = CONTAINER("web", AT_A)});
    CHECK(world.movement.trigger.len == 0);
    CHECK_STR(world.movement.follow, STR(DEPLOYMENT(REFRESH(SHORT_B), "")));
    add_object(POLICY("\"targets\":[\"Pods\"]"));
    decide();
    CHECK_STR(world.movement.trigger, STR(SET_WEB(AT_B)));
    CHECK(world.movement.follow.len == 0);
}

#define MANAGER(name, operation, containers)                                                                 \
    "{\"manager\":\"" name "\",\"operation\":\"" operation                                                   \
    "\",\"fieldsV1\":{\"f:spec\":{\"f:template\":{\"f:spec\":{\"f:containers\":{" containers "}}}}}}"
#define OWNS(name)       "\"k:{\\\"name\\\":\\\"" name "\\\"}\":{\"f:image\":{},\"f:name\":{}}"
#define MANAGED(entries) ",\"managedFields\":[" entries "]"

TEST(each_apply_names_all_that_it_has_set)
{
    begin();
    add_object(APP);
    decide_for(&(struct parts){
        .metadata = MANAGED(MANAGER("weir-trigger", "Apply", OWNS("two")) "," MANAGER(
            "kubectl", "Update", OWNS("web") "," OWNS("two"))),
        .annotations = TRIGGERS(WEB_TRIGGER),
        .containers = CONTAINER("web", "x") "," CONTAINER("two", "kept") "," CONTAINER("three", "not ours")});
    CHECK_STR(world.movement.trigger,
              STR(DEPLOYMENT(
                  "", POD_SPEC("\"containers\":[" CONTAINER("web", AT_B) "," CONTAINER("two", "kept") "]"))));
}

TEST(a_container_that_nobody_else_owns_goes)
{
    begin();
    add_object(APP);
    decide_for(&(struct parts){
        .metadata = MANAGED(MANAGER("weir-trigger", "Apply",
                                    OWNS("web") "," OWNS("gone")) "," MANAGER("flux", "Apply", OWNS("web"))),
        .annotations = TRIGGERS(WEB_TRIGGER),
        .containers = CONTAINER("web", AT_B) "," CONTAINER("gone", AT_A)});
    CHECK_STR(world.movement.trigger, STR(SET_WEB(AT_B)));
    decide_for(&(struct parts){.metadata = MANAGED(MANAGER("weir-trigger", "Apply", OWNS("gone")) "," MANAGER(
                                   "flux", "Apply", OWNS("web"))),
                               .annotations = TRIGGERS(WEB_TRIGGER),
                               .containers = CONTAINER("web", AT_B) "," CONTAINER("gone", AT_A)});
    CHECK_STR(world.movement.trigger, STR(DEPLOYMENT("", "")));
}

TEST(the_record_changes_with_its_tags_and_annotations)
{
    uint64_t first;

    begin();
    add_object(APP);
    add_revision(100, AT_A);
    decide_for(&following);
    first = world.movement.record;
    decide_for(&following);
    CHECK(world.movement.record == first);
    decide_for(&(struct parts){.annotations = FOLLOW ",\"a\":\"b\"",
                               .template = IMAGES(ENTRY("web", "app", AT_B)),
                               .containers = CONTAINER("web", AT_B)});
    CHECK(world.movement.record == first);
    decide_for(&(struct parts){.annotations = FOLLOW "," TRIGGERS(""),
                               .template = IMAGES(ENTRY("web", "app", AT_B)),
                               .containers = CONTAINER("web", AT_B)});
    CHECK(world.movement.record != first);
    begin();
    add_object(STREAM("ns", "app", FROM("latest"), TAG("latest", EVENT(C, "5:00") "," NEW_B)));
    add_revision(100, AT_A);
    decide_for(&following);
    CHECK(world.movement.record != first);
}

TEST(names_every_stream_that_it_may_look_at)
{
    static const char *const want[] = {"ns/app",      "images/app",  "ns/side",
                                       "images/side", "images/base", "ns/db"};
    const struct stream_name *names;
    size_t count;

    begin();
    add_object(POLICY("\"streams\":{\"sharedNamespaces\":[\"images\"]}"));
    decide_for(&(struct parts){.annotations = TRIGGERS(TRIGGER(BY_NAME("containers", "web"), "db:1", "")),
                               .template = IMAGES(ENTRY("web", "app", AT_A) "," ENTRY("old", "side:1", AT_A)),
                               .containers =
                                   CONTAINER("web", AT_A) "," CONTAINER("two", "images/base:1") "," CONTAINER(
                                       "x", "quay.io/a/b") "," CONTAINER("y", "acme/app")});
    count = move_decision_streams(&arena, &world.workload, &world.triggers, &world.scope, &names);
    CHECK(count == ARRAY_LEN(want));
    for (size_t i = 0; i < count && i < ARRAY_LEN(want); i++)
        CHECK_STR(arena_join(&arena, names[i].namespace, STR("/"), names[i].name), str_from_c(want[i]));
}

TEST_MAIN()
