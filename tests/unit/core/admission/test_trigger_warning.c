/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "core/admission/evaluate.h"
#include "core/cluster/view_build.h"

#include "test.h"

#define GOOD                                                                                                 \
    "[{\\\"from\\\":{\\\"kind\\\":\\\"ImageStreamTag\\\",\\\"name\\\":\\\"app:1\\\"},"                       \
    "\\\"fieldPath\\\":\\\"spec.template.spec.containers[0].image\\\"}]"

static struct arena arena;

struct sent {
    const char *group;
    const char *kind;
    const char *triggers;
    const char *old; /* NULL: a CREATE */
    enum enforcement enforcement;
};

static struct str body_of(const struct sent *sent)
{
    struct text body;

    text_init(&body, &arena, 1 << 16);
    text_addf(
        &body,
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\","
        "\"namespace\":\"shop\",\"operation\":\"%s\",\"kind\":{\"group\":\"%s\",\"version\":\"v1\","
        "\"kind\":\"%s\"},\"object\":{\"metadata\":{\"annotations\":{\"image.openshift.io/"
        "triggers\":\"%s\"}}}",
        sent->old ? "UPDATE" : "CREATE", sent->group, sent->kind, sent->triggers);
    if (sent->old)
        text_addf(&body,
                  ",\"oldObject\":{\"metadata\":{\"annotations\":{\"image.openshift.io/triggers\":\"%s\"}}}",
                  sent->old);
    text_add_c(&body, "}}");
    return text_str(&body);
}

static struct admission_decision decide(const struct sent *sent)
{
    static const struct admission_options options = {.explain = false};
    struct stream_policy *policy = ARENA_NEW(&arena, struct stream_policy);
    const struct stream_policy **policies = ARENA_ARRAY(&arena, 1, const struct stream_policy *);
    struct cluster_objects objects = {.policies = policies, .policy_count = 1};
    struct admission_request *request = ARENA_NEW(&arena, struct admission_request);
    struct workload_table *table = ARENA_NEW(&arena, struct workload_table);
    struct cluster_view *view = ARENA_NEW(&arena, struct cluster_view);
    struct tag_answers *answers = ARENA_NEW(&arena, struct tag_answers);
    struct error err;

    *policy = (struct stream_policy){.name = STR("p"), .fields = {.enforcement = sent->enforcement}};
    policies[0] = policy;
    view_build(&arena, &objects, 1, view);
    CHECK(workload_paths_build(&arena, NULL, 0, table, &err) == 0);
    CHECK_ROW(admission_review_decode(&arena, table, body_of(sent), request, &err) == 0, "%s", err.text);
    return admission_evaluate(&arena, view, &options, request, answers);
}

TEST(warns_of_what_is_wrong_where_it_is_new)
{
    static const struct {
        struct sent sent;
        size_t warnings;
    } rows[] = {
        {{"apps", "Deployment", GOOD, NULL, ENFORCEMENT_UNSET}, 0},
        {{"apps", "Deployment", "[{},1]", NULL, ENFORCEMENT_UNSET}, 2},
        {{"apps", "Deployment", "[", NULL, ENFORCEMENT_UNSET}, 1},
        {{"apps", "StatefulSet", "{}", NULL, ENFORCEMENT_UNSET}, 1},
        {{"apps", "DaemonSet", "{}", NULL, ENFORCEMENT_UNSET}, 1},
        {{"batch", "CronJob", GOOD, NULL, ENFORCEMENT_UNSET}, 1}, /* of another pod spec */
        {{"apps", "ReplicaSet", "{}", NULL, ENFORCEMENT_UNSET}, 0},
        {{"", "Pod", "{}", NULL, ENFORCEMENT_UNSET}, 0},
        {{"extensions", "Deployment", "{}", NULL, ENFORCEMENT_UNSET}, 0},
        {{"apps", "Deployment", "{}", "{}", ENFORCEMENT_UNSET}, 0},
        {{"apps", "Deployment", "{}", GOOD, ENFORCEMENT_UNSET}, 1},
        {{"apps", "Deployment", "{}", NULL, ENFORCEMENT_AUDIT}, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct admission_decision decision = decide(&rows[i].sent);

        CHECK_ROW(decision.outcome == ADMISSION_ALLOW && decision.patch_count == 0, "%zu", i);
        CHECK_ROW(decision.response.warning_count == rows[i].warnings, "%zu: %zu", i,
                  decision.response.warning_count);
    }
    arena_release(&arena);
}

TEST(says_which_and_why)
{
    static const struct sent sent = {"apps", "Deployment", "[{}]", NULL, ENFORCEMENT_UNSET};
    struct admission_decision decision = decide(&sent);

    CHECK(decision.response.warning_count == 1);
    CHECK(str_contains(decision.response.warnings[0],
                       STR("annotation image.openshift.io/triggers [0]: from is missing")));
    arena_release(&arena);
}

TEST_MAIN()
