/* SPDX-License-Identifier: Apache-2.0 */
#include "core/object/decode.h"

#include "base/yaml/read.h"
#include "test.h"

#include <string.h>

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX

static struct arena arena;
static struct text_pool texts;

/* The first document of the text, decoded; on failure "line: message" is in `problem`. */
static struct str problem;

static struct cluster_object decode(struct str text)
{
    struct yaml_documents documents;
    struct cluster_object object = {.kind = OBJECT_UNKNOWN};
    struct error err;
    char place[16];

    arena_release(&arena);
    text_pool_init(&texts, &arena);
    problem = (struct str){NULL, 0};
    if (yaml_read(&arena, text, &documents, &err) < 0 || documents.count == 0) {
        printf("# not YAML: " STR_FMT "\n", STR_ARG(error_text(&err)));
        test_failures++;
        return object;
    }
    if (object_decode(&texts, documents.items[0], NULL, &object, &err) < 0) {
        snprintf(place, sizeof(place), "%u: ", object.line);
        problem = arena_join(&arena, str_from_c(place), error_text(&err));
    }
    return object;
}

TEST(a_stream_is_decoded_from_what_clients_really_send)
{
    struct cluster_object object = decode(STR(
        "apiVersion: image.openshift.io/v1\n"
        "kind: ImageStream\n"
        "metadata: {name: odoo, namespace: shop, creationTimestamp: null, generation: 3, annotations: null}\n"
        "spec:\n"
        "  lookupPolicy: {local: true}\n"
        "  somethingNew: [1]\n"
        "  tags:\n"
        "  - {name: '13', annotations: null, from: {kind: DockerImage, name: 'docker.io/odoo:13'}, "
        "generation: null,\n"
        "     importPolicy: {}, referencePolicy: {type: ''}}\n"
        "  - {name: latest, from: {kind: ImageStreamTag, name: '13'}, generation: 0, reference: true,\n"
        "     importPolicy: {insecure: true, scheduled: true, importMode: Other}, referencePolicy: {type: "
        "Local}}\n"
        "  - null\n"
        "  - {name: none, from: null}\n"
        "status:\n"
        "  dockerImageRepository: reg.local/shop/odoo\n"
        "  tags:\n"
        "  - tag: '13'\n"
        "    items:\n"
        "    - {created: '2026-11-20T10:00:00Z', dockerImageReference: 'docker.io/library/odoo@" DIGEST "',\n"
        "       image: '" DIGEST "', generation: 2}\n"
        "    - {created: null, dockerImageReference: '', image: '', generation: 1}\n"
        "    conditions: [{type: ImportSuccess}]\n"
        "  - {tag: latest, items: null}\n"));
    const struct image_stream *stream = object.as.stream;
    const struct tag_event *event;

    CHECK_STR(problem, STR(""));
    CHECK(object.kind == OBJECT_IMAGE_STREAM && stream->openshift && stream->lookup_local);
    CHECK_STR(stream->namespace, STR("shop"));
    CHECK_STR(stream->name, STR("odoo"));
    CHECK_STR(stream->repository, STR("reg.local/shop/odoo"));
    CHECK(stream->tag_count == 3 && stream->history_count == 2);
    CHECK_STR(image_stream_tag(stream, STR("13"))->source_normalized, STR("docker.io/library/odoo:13"));
    CHECK(image_stream_tag(stream, STR("latest"))->source == TAG_SOURCE_STREAM_TAG);
    CHECK(image_stream_tag(stream, STR("latest"))->local &&
          image_stream_tag(stream, STR("latest"))->reference);
    CHECK(image_stream_tag(stream, STR("latest"))->insecure &&
          image_stream_tag(stream, STR("latest"))->scheduled);
    CHECK(!image_stream_tag(stream, STR("none"))->has_from);
    event = image_stream_latest(stream, STR("13"));
    CHECK(event && event->image_valid && event->created_known && event->created == 1795168800);
    CHECK_STR(event->image, STR(DIGEST));
    CHECK_STR(event->repository, STR("docker.io/library/odoo"));
    CHECK(event->image.ptr > event->reference.ptr &&
          event->image.ptr < event->reference.ptr + event->reference.len);
    CHECK(!image_stream_history(stream, STR("13"))->events[1].created_known);
    CHECK(image_stream_latest(stream, STR("latest")) == NULL);
}

TEST(a_newer_version_may_write_more_into_metadata_and_status)
{
    struct cluster_object object =
        decode(STR("apiVersion: weir.dev/v1alpha1\n"
                   "kind: ImageStream\n"
                   "metadata: {name: odoo, namespace: shop, somethingNew: [1]}\n"
                   "spec: {tags: [{name: '13'}]}\n"
                   "status:\n"
                   "  somethingNew: {a: b}\n"
                   "  tags:\n"
                   "  - {tag: '13', somethingNew: 1, items: [{image: '', somethingNew: 1}]}\n"));

    CHECK_STR(problem, STR(""));
    CHECK(object.kind == OBJECT_IMAGE_STREAM && object.as.stream->history_count == 1);
}

TEST(what_a_controller_keeps_of_a_tag_arrives)
{
    struct cluster_object object = decode(
        STR("apiVersion: weir.dev/v1alpha1\n"
            "kind: ImageStream\n"
            "metadata: {name: odoo, namespace: shop}\n"
            "status:\n"
            "  tags:\n"
            "  - {tag: a, source: x, lastChecked: '2026-11-20T10:00:00Z', nextCheck: null, attempts: 3}\n"
            "  - {tag: b, removedSince: '2026-11-20T10:00:00Z', pending: null, lastChecked: null}\n"
            "  - {tag: c, pending: {digest: x}, removedSince: null}\n"));
    const struct tag_history *history;

    CHECK_STR(problem, STR(""));
    if (problem.len > 0)
        return;
    history = image_stream_history(object.as.stream, STR("a"));
    CHECK(history->last_checked_known && history->last_checked == 1795168800);
    CHECK(!history->removed && !history->pending);
    history = image_stream_history(object.as.stream, STR("b"));
    CHECK(history->removed && !history->pending && !history->last_checked_known);
    history = image_stream_history(object.as.stream, STR("c"));
    CHECK(history->pending && !history->removed);
}

static const char *const policy_spec =
    "spec:\n"
    "  enforcement: Warn\n"
    "  targets: [Pods]\n"
    "  streams: {resolution: Required, lookup: Only, sharedNamespaces: [images, base]}\n"
    "  tags: {resolution: Off, skip: ['registry.local/*', nginx]}\n"
    "  freshness: FromPullPolicy\n"
    "  maxStale: 1h30m\n"
    "  reference: TagAndDigest\n"
    "  customControllers: Full\n"
    "  pullPolicy:\n"
    "  - name: one\n"
    "    match: {images: ['*'], pinned: true, containers: [Init, Volume]}\n"
    "    allow: [IfNotPresent, Never]\n"
    "    action: Set\n"
    "  - {name: two, allow: [Always], action: Deny, match: null}\n";

static struct str with_head(const char *head, const char *spec)
{
    static char text[4096];

    snprintf(text, sizeof(text), "apiVersion: weir.dev/v1alpha1\n%s%s", head, spec);
    return str_from_c(text);
}

TEST(every_field_of_a_policy_arrives)
{
    struct cluster_object object =
        decode(with_head("kind: StreamPolicy\nmetadata: {name: p, namespace: shop}\n", policy_spec));
    const struct stream_policy *policy = object.as.policy;
    const struct policy_fields *fields;

    CHECK_STR(problem, STR(""));
    if (problem.len > 0)
        return;
    fields = &policy->fields;
    CHECK(object.kind == OBJECT_STREAM_POLICY && !policy->final && policy->selector.count == 0);
    CHECK_STR(policy->namespace, STR("shop"));
    CHECK(fields->enforcement == ENFORCEMENT_WARN && fields->targets == TARGET_PODS && fields->targets_set);
    CHECK(fields->streams_resolution == RESOLUTION_REQUIRED && fields->streams_lookup == LOOKUP_ONLY);
    CHECK(fields->shared_namespaces.set && fields->shared_namespaces.count == 2);
    CHECK_STR(fields->shared_namespaces.items[1], STR("base"));
    CHECK(fields->tags_resolution == RESOLUTION_OFF && fields->tags_skip.count == 2);
    CHECK(fields->freshness == FRESHNESS_FROM_PULL_POLICY && fields->max_stale_set &&
          fields->max_stale == 5400);
    CHECK(fields->reference == PIN_FORM_TAG_AND_DIGEST &&
          fields->custom_controllers == CUSTOM_CONTROLLERS_FULL);
    CHECK(policy->rule_count == 2);
    CHECK_STR(policy->rules[0].name, STR("one"));
    CHECK_STR(policy->rules[0].policy, STR("p"));
    CHECK(policy->rules[0].images.set && policy->rules[0].images.count == 1);
    CHECK(policy->rules[0].pinned_set && policy->rules[0].pinned);
    CHECK(policy->rules[0].containers == (CONTAINERS_INIT | CONTAINERS_VOLUME));
    CHECK(policy->rules[0].allow_count == 2 && policy->rules[0].allow[1] == PULL_POLICY_NEVER);
    CHECK(policy->rules[0].action == PULL_ACTION_SET && policy->rules[1].action == PULL_ACTION_DENY);
    CHECK(policy->rules[1].containers == CONTAINERS_ALL && !policy->rules[1].images.set);
    CHECK(!policy->rules[1].pinned_set);
}

TEST(a_cluster_policy_selects_namespaces_and_may_be_final)
{
    struct cluster_object object = decode(
        with_head("kind: ClusterStreamPolicy\nmetadata: {name: p}\n",
                  "spec:\n  final: true\n  namespaceSelector:\n    matchLabels: {env: prod, tier: ''}\n"
                  "    matchExpressions:\n    - {key: team, operator: NotIn, values: [a, b]}\n"
                  "    - {key: old, operator: DoesNotExist}\n"));
    const struct label_selector *selector;

    CHECK_STR(problem, STR(""));
    if (problem.len > 0)
        return;
    selector = &object.as.policy->selector;
    CHECK(object.as.policy->final && object.as.policy->namespace.len == 0 && selector->count == 4);
    CHECK_STR(selector->requirements[1].key, STR("tier"));
    CHECK(selector->requirements[1].operator== SELECTOR_IN && selector->requirements[1].value_count == 1);
    CHECK(selector->requirements[2].operator== SELECTOR_NOT_IN && selector->requirements[2].value_count == 2);
    CHECK(selector->requirements[3].operator== SELECTOR_DOES_NOT_EXIST);
}

TEST(nulls_and_empty_objects_set_nothing)
{
    static const char *const specs[] = {
        "", "spec: null\n", "spec: {}\n",
        "spec: {enforcement: null, streams: null, tags: {skip: null}, maxStale: null, pullPolicy: null}\n"};

    for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
        struct cluster_object object =
            decode(with_head("kind: StreamPolicy\nmetadata: {name: p}\n", specs[i]));

        CHECK_STR(problem, STR(""));
        CHECK(object.as.policy->fields.enforcement == ENFORCEMENT_UNSET &&
              !object.as.policy->fields.targets_set);
        CHECK(!object.as.policy->fields.tags_skip.set && !object.as.policy->fields.max_stale_set);
        CHECK_STR(object.namespace, STR("default"));
    }
}

static const struct {
    const char *spec;
    struct str want;
} bad_policies[] = {
    {"spec:\n  freshness: Sometimes\n", STR_INIT("5: spec.freshness: unknown value \"Sometimes\"; expected "
                                                 "Always, IfNotPresent, Never or FromPullPolicy")},
    {"spec:\n  freshnes: Never\n", STR_INIT("5: spec.freshnes: unknown field; did you mean \"freshness\"?")},
    {"spec: {tags: {resolutoin: Off}}\n",
     STR_INIT("4: spec.tags.resolutoin: unknown field; did you mean \"resolution\"?")},
    {"spec: {Enforcement: Warn}\n",
     STR_INIT("4: spec.Enforcement: unknown field; did you mean \"enforcement\"?")},
    {"spec: {xyz: 1}\n", STR_INIT("4: spec.xyz: unknown field")},
    {"sepc: {}\n", STR_INIT("4: sepc: unknown field; did you mean \"spec\"?")},
    {"spec: []\n", STR_INIT("4: spec: expected a map, found a list")},
    {"spec: {enforcement: [Warn]}\n", STR_INIT("4: spec.enforcement: expected a string, found a list")},
    {"spec: {enforcement: yes}\n",
     STR_INIT("4: spec.enforcement: expected a string, found a boolean; put it in quotes")},
    {"spec: {targets: Pods}\n", STR_INIT("4: spec.targets: expected a list, found a string")},
    {"spec: {targets: []}\n", STR_INIT("4: spec.targets: is empty")},
    {"spec: {targets: [Pod]}\n",
     STR_INIT("4: spec.targets[0]: unknown value \"Pod\"; expected Workloads or Pods")},
    {"spec: {maxStale: 24}\n",
     STR_INIT("4: spec.maxStale: expected a string, found a number; put it in quotes")},
    {"spec: {maxStale: 1d}\n",
     STR_INIT("4: spec.maxStale: expected a duration such as \"30m\", \"24h\" or \"1h30m\"")},
    {"spec: {maxStale: -1h}\n",
     STR_INIT("4: spec.maxStale: expected a duration such as \"30m\", \"24h\" or \"1h30m\"")},
    {"spec: {streams: {sharedNamespaces: [Images]}}\n",
     STR_INIT("4: spec.streams.sharedNamespaces[0]: \"Images\" is no name; expected 1 to 63 of a-z, 0-9 and "
              "-, with a letter or digit at both ends")},
    {"spec: {tags: {skip: ['']}}\n",
     STR_INIT("4: spec.tags.skip[0]: expected a repository or a glob of 1 to 255 bytes")},
    {"spec: {tags: {skip: ['a b*']}}\n",
     STR_INIT("4: spec.tags.skip[0]: matches nothing: white space is in no repository's name")},
    {"spec: {tags: {skip: ['a/B*']}}\n",
     STR_INIT("4: spec.tags.skip[0]: matches nothing: repositories are lower case")},
    {"spec: {tags: {skip: ['a/*@x']}}\n",
     STR_INIT("4: spec.tags.skip[0]: matches nothing: '@' is in no repository's name")},
    {"spec: {tags: {skip: ['nginx:1']}}\n",
     STR_INIT("4: spec.tags.skip[0]: matches nothing: expected a repository without tag and digest")},
    {"spec: {tags: {skip: ['library/Nginx']}}\n",
     STR_INIT("4: spec.tags.skip[0]: matches nothing: invalid reference format: repository name "
              "(library/Nginx) must be lowercase")},
    {"spec: {final: true}\n", STR_INIT("4: spec.final: unknown field")},
    {"spec: {namespaceSelector: {}}\n", STR_INIT("4: spec.namespaceSelector: unknown field")},
    {"spec: {pullPolicy: [{}]}\n", STR_INIT("4: spec.pullPolicy[0].name: is missing")},
    {"spec: {pullPolicy: [{name: a}]}\n",
     STR_INIT("4: spec.pullPolicy[0].allow: is missing; expected Always, IfNotPresent or Never")},
    {"spec: {pullPolicy: [{name: a, allow: []}]}\n", STR_INIT("4: spec.pullPolicy[0].allow: is empty")},
    {"spec: {pullPolicy: [{name: a, allow: [Never, Nver]}]}\n",
     STR_INIT(
         "4: spec.pullPolicy[0].allow[1]: unknown value \"Nver\"; expected Always, IfNotPresent or Never")},
    {"spec: {pullPolicy: [{name: a, allow: [Never]}]}\n",
     STR_INIT("4: spec.pullPolicy[0].action: is missing; expected Set, Deny or Warn")},
    {"spec: {pullPolicy: [{name: A B, allow: [Never], action: Set}]}\n",
     STR_INIT(
         "4: spec.pullPolicy[0].name: \"A B\" is no name; expected a-z, 0-9 and - in parts joined by dots")},
    {"spec: {pullPolicy: [{name: a, allow: [Never], action: Set, match: {containers: []}}]}\n",
     STR_INIT("4: spec.pullPolicy[0].match.containers: is empty")},
    {"spec: {pullPolicy: [{name: a, allow: [Never], action: Set, match: {pinned: 'true'}}]}\n",
     STR_INIT("4: spec.pullPolicy[0].match.pinned: expected a boolean, found a string")},
    {"spec:\n  pullPolicy:\n  - {name: a, allow: [Never], action: Set}\n  - {name: a, allow: [Never], "
     "action: Set}\n",
     STR_INIT("6: spec.pullPolicy[1].name: \"a\" is the name of rule [0] already")},
};

TEST(a_policy_with_a_slip_is_refused_with_path_and_reason)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_policies); i++) {
        (void)decode(with_head("kind: StreamPolicy\nmetadata: {name: p}\n", bad_policies[i].spec));
        CHECK_ROW(str_equal(problem, bad_policies[i].want), "row %zu: " STR_FMT, i, STR_ARG(problem));
    }
}

static const struct {
    const char *spec;
    struct str want;
} bad_selectors[] = {
    {"spec: {namespaceSelector: {matchLabel: {}}}\n",
     STR_INIT("4: spec.namespaceSelector.matchLabel: unknown field; did you mean \"matchLabels\"?")},
    {"spec: {namespaceSelector: {matchLabels: {a: 1}}}\n",
     STR_INIT(
         "4: spec.namespaceSelector.matchLabels.a: expected a string, found a number; put it in quotes")},
    {"spec: {namespaceSelector: {matchExpressions: [{operator: In, values: [a]}]}}\n",
     STR_INIT("4: spec.namespaceSelector.matchExpressions[0].key: is missing")},
    {"spec: {namespaceSelector: {matchExpressions: [{key: a, operator: Is}]}}\n",
     STR_INIT("4: spec.namespaceSelector.matchExpressions[0].operator: unknown value \"Is\"; expected In, "
              "NotIn, Exists or DoesNotExist")},
    {"spec: {namespaceSelector: {matchExpressions: [{key: a, operator: In}]}}\n",
     STR_INIT(
         "4: spec.namespaceSelector.matchExpressions[0].values: is missing; In and NotIn need at least one")},
    {"spec: {namespaceSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}\n",
     STR_INIT("4: spec.namespaceSelector.matchExpressions[0].values: Exists and DoesNotExist take none")},
    {"spec: {final: 1}\n", STR_INIT("4: spec.final: expected a boolean, found a number")},
};

TEST(a_selector_with_a_slip_is_refused)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_selectors); i++) {
        (void)decode(with_head("kind: ClusterStreamPolicy\nmetadata: {name: p}\n", bad_selectors[i].spec));
        CHECK_ROW(str_equal(problem, bad_selectors[i].want), "row %zu: " STR_FMT, i, STR_ARG(problem));
    }
}

static const struct {
    struct str text;
    struct str want;
} bad_objects[] = {
    {STR_INIT("apiVersion: v1"), STR_INIT("1: kind: is missing, or no text")},
    {STR_INIT("kind: Pod"), STR_INIT("1: apiVersion: is missing, or no text")},
    {STR_INIT("[a]"), STR_INIT("1: expected an object, found a list")},
    {STR_INIT("{apiVersion: weir.dev/v1, kind: StreamPolicy}"),
     STR_INIT("1: apiVersion: unknown version \"weir.dev/v1\"; expected \"weir.dev/v1alpha1\"")},
    {STR_INIT("apiVersion: weir.dev/v1alpha1\nkind: StreamPolcy\n"),
     STR_INIT(
         "2: kind: unknown kind \"StreamPolcy\"; expected ImageStream, StreamPolicy or ClusterStreamPolicy")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream}"), STR_INIT("1: metadata: is missing")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream, metadata: {}}"),
     STR_INIT("1: metadata.name: is missing")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream, metadata: {name: 'A/b'}}"),
     STR_INIT("1: metadata.name: \"A/b\" is no name; expected a-z and 0-9 in parts joined by one of . _ -")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream, metadata: {name: a, namespace: B}}"),
     STR_INIT("1: metadata.namespace: \"B\" is no name; expected 1 to 63 of a-z, 0-9 and -, with a letter or "
              "digit at both ends")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream, metadata: {name: a, labels: {b: true}}}"),
     STR_INIT("1: metadata.labels.b: expected a string, found a boolean; put it in quotes")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream, metadata: {name: a}, spec: {tag: []}}"),
     STR_INIT("1: spec.tag: unknown field; did you mean \"tags\"?")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream, metadata: {name: a}, spec: {tags: [{name: "
              "13}]}}"),
     STR_INIT("1: spec.tags[0].name: expected a string, found a number; put it in quotes")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream, metadata: {name: a}, spec: {tags: [{name: "
              "a, generation: 1.5}]}}"),
     STR_INIT("1: spec.tags[0].generation: expected a whole number")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream, metadata: {name: a}, spec: {tags: [{name: "
              "a, referencePolicy: {type: local}}]}}"),
     STR_INIT("1: spec.tags[0].referencePolicy.type: unknown value \"local\"; expected Source or Local")},
    {STR_INIT("{apiVersion: weir.dev/v1alpha1, kind: ImageStream, metadata: {name: a}, status: {tags: [{tag: "
              "a, items: [{created: today}]}]}}"),
     STR_INIT("1: status.tags[0].items[0].created: expected a time such as \"2006-01-02T15:04:05Z\"")},
    {STR_INIT(
         "{apiVersion: image.openshift.io/v1, kind: ImageStream, metadata: {name: a}, spec: {tags: {}}}"),
     STR_INIT("1: spec.tags: expected a list, found a map")},
    {STR_INIT(
         "{apiVersion: weir.dev/v1alpha1, kind: ClusterStreamPolicy, metadata: {name: a, namespace: b}}"),
     STR_INIT("1: metadata.namespace: is set; this kind belongs to no namespace")},
    {STR_INIT("{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: [b]}}"),
     STR_INIT("1: metadata.labels: expected a map, found a list")},
};

TEST(objects_that_are_none_are_refused)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_objects); i++) {
        (void)decode(bad_objects[i].text);
        CHECK_ROW(str_equal(problem, bad_objects[i].want), "row %zu: " STR_FMT, i, STR_ARG(problem));
    }
}

TEST(a_namespace_always_carries_its_own_name)
{
    struct cluster_object object =
        decode(STR("{apiVersion: v1, kind: Namespace, status: {phase: Active}, metadata: {name: a, "
                   "labels: {kubernetes.io/metadata.name: forged, x: null, b: c}}}"));
    const struct namespace_object *space = object.as.namespace;

    CHECK(object.kind == OBJECT_NAMESPACE && space->label_count == 2 && object.namespace.len == 0);
    CHECK_STR(space->labels[0].key, STR("b"));
    CHECK_STR(space->labels[1].key, STR("kubernetes.io/metadata.name"));
    CHECK_STR(space->labels[1].value, STR("a"));
}

TEST(an_account_names_its_pull_secrets)
{
    struct cluster_object object =
        decode(STR("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}, secrets: [{name: x}], "
                   "imagePullSecrets: [{name: a}, {name: ''}, null, {name: b, more: 1}]}"));
    const struct service_account *account = object.as.service_account;

    CHECK(object.kind == OBJECT_SERVICE_ACCOUNT && account->pull_secret_count == 2);
    CHECK_STR(account->pull_secrets[1], STR("b"));
    CHECK_STR(account->namespace, STR("default"));
}

static const struct {
    struct str content; /* of a Secret, after its metadata */
    enum object_kind kind;
    size_t entries;
    struct str problem;
} secrets[] = {
    {STR_INIT("type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: "
              "eyJhdXRocyI6eyJyLmV4YW1wbGUiOnsidXNlcm5hbWUiOiJ1IiwicGFzc3dvcmQiOiJwIn19fQ==}"),
     OBJECT_PULL_SECRET, 1, STR_INIT("")},
    {STR_INIT("type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: "
              "'{\"auths\":{\"r.example\":{\"auth\":\"dTpw\"}}}'}"),
     OBJECT_PULL_SECRET, 1, STR_INIT("")},
    {STR_INIT(
         "type: kubernetes.io/dockercfg, stringData: {.dockercfg: '{\"r.example\":{\"auth\":\"dTpw\"}}'}"),
     OBJECT_PULL_SECRET, 1, STR_INIT("")},
    {STR_INIT("type: Opaque, data: {x: hunter2}"), OBJECT_SKIPPED, 0, STR_INIT("")},
    {STR_INIT("data: {x: hunter2}"), OBJECT_SKIPPED, 0, STR_INIT("")},
    {STR_INIT("type: kubernetes.io/dockerconfigjson"), OBJECT_PULL_SECRET, 0,
     STR_INIT("data has no \".dockerconfigjson\"")},
    {STR_INIT("type: kubernetes.io/dockerconfigjson, data: {.dockercfg: e30=}"), OBJECT_PULL_SECRET, 0,
     STR_INIT("data has no \".dockerconfigjson\"")},
    {STR_INIT("type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: 'hunter2!'}"),
     OBJECT_PULL_SECRET, 0, STR_INIT("data[\".dockerconfigjson\"] is not base64")},
};

TEST(secrets_hold_docker_configs_or_say_why_not)
{
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        struct cluster_object object;
        static char copy[1024];

        snprintf(copy, sizeof(copy),
                 "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: shop}, " STR_FMT "}",
                 STR_ARG(secrets[i].content));
        object = decode(str_from_c(copy));
        CHECK_STR(problem, STR(""));
        CHECK_ROW(object.kind == secrets[i].kind, "row %zu", i);
        if (object.kind != OBJECT_PULL_SECRET)
            continue;
        CHECK_ROW(object.as.secret->config.count == secrets[i].entries, "row %zu", i);
        CHECK_STR(object.as.secret->problem, secrets[i].problem);
        if (secrets[i].entries == 1) {
            CHECK_STR(object.as.secret->config.entries[0].username, STR("u"));
            CHECK_STR(object.as.secret->config.entries[0].password, STR("p"));
            CHECK_STR(object.as.secret->config.entries[0].origin, STR("secret shop/s"));
        }
    }
}

TEST(a_broken_docker_config_is_the_secrets_problem)
{
    struct cluster_object object = decode(
        STR("{apiVersion: v1, kind: Secret, metadata: {name: s}, type: kubernetes.io/dockerconfigjson, "
            "stringData: {.dockerconfigjson: '{\"auths\":{\"r\":{\"auth\":\"hunter2\"'}}"));

    CHECK_STR(problem, STR(""));
    CHECK(object.kind == OBJECT_PULL_SECRET && object.as.secret->problem.len > 0);
    CHECK(!str_contains(object.as.secret->problem, STR("hunter2")));
}

TEST(other_kinds_are_unknown_and_empty_documents_skipped)
{
    CHECK(decode(STR("{apiVersion: apps/v1, kind: Deployment}")).kind == OBJECT_UNKNOWN);
    CHECK(decode(STR("{apiVersion: weir.dev/v1alpha1, kind: Image, metadata: {name: x}}")).kind ==
          OBJECT_SKIPPED);
    CHECK(decode(STR("---\n---\n")).kind == OBJECT_SKIPPED);
    CHECK(decode(STR("replicas: 3")).kind == OBJECT_UNKNOWN);
}

TEST(lists_know_what_their_elements_are)
{
    static const struct {
        struct str text;
        bool is_list;
        struct str api_version;
        struct str kind;
    } rows[] = {
        {STR_INIT("{kind: List, apiVersion: v1, items: []}"), true, {NULL, 0}, {NULL, 0}},
        {STR_INIT("{kind: ImageStreamList, apiVersion: weir.dev/v1alpha1, items: null}"), true,
         STR_INIT("weir.dev/v1alpha1"), STR_INIT("ImageStream")},
        {STR_INIT("{kind: List, apiVersion: v1}"), false, {NULL, 0}, {NULL, 0}},
        {STR_INIT("{kind: Pod, apiVersion: v1, items: []}"), false, {NULL, 0}, {NULL, 0}},
        {STR_INIT("{kind: List, items: {}}"), false, {NULL, 0}, {NULL, 0}},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct yaml_documents documents;
        struct object_header header = {{NULL, 0}, {NULL, 0}, false};
        struct error err;

        CHECK(yaml_read(&arena, rows[i].text, &documents, &err) == 0);
        CHECK_ROW((object_decode_list_items(documents.items[0], &header) != NULL) == rows[i].is_list,
                  "row %zu", i);
        CHECK_STR(header.api_version, rows[i].api_version);
        CHECK_STR(header.kind, rows[i].kind);
    }
    arena_release(&arena);
}

TEST_MAIN()
