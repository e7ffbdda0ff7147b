/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/evaluate.h"

#include "core/cluster/view_build.h"

#include "test.h"

/*
 * An evaluation in rounds: what is asked, and that going on with the answers decides as beginning anew with
 * them does. Plain tags are required; there is no stream.
 */
#define PIN    "@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

enum { NOW = 100000 };

static struct arena arena;
static const struct admission_options options = {.explain = true};
static const struct tag_answer words_lead_nowhere = {
    .reference = STR_INIT("r.example/app:words"), .outcome = TAG_MUST_NOT, .cause = STR_INIT("no such tag")};
static const struct tag_answer words_found = {
    .reference = STR_INIT("r.example/app:words"), .outcome = TAG_FOUND, .digest = STR_INIT(DIGEST)};
static const struct tag_answer text_found = {
    .reference = STR_INIT("r.example/app:text"), .outcome = TAG_FOUND, .digest = STR_INIT(DIGEST)};

static void make_view(enum resolution tags, struct cluster_view *ret)
{
    struct stream_policy *policy = ARENA_NEW(&arena, struct stream_policy);
    const struct stream_policy **policies = ARENA_ARRAY(&arena, 1, const struct stream_policy *);
    struct cluster_objects objects = {.policies = policies, .policy_count = 1};

    *policy = (struct stream_policy){
        .namespace = STR("shop"), .name = STR("p"), .fields = {.tags_resolution = tags}};
    policies[0] = policy;
    view_build(&arena, &objects, 1, ret);
}

/* A Deployment whose entry says that the text was made of r.example/app:words. */
static void make_request(struct admission_request *ret)
{
    static const struct str body = STR_INIT(
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\","
        "\"namespace\":\"shop\",\"operation\":\"CREATE\",\"kind\":{\"group\":\"apps\",\"version\":\"v1\","
        "\"kind\":\"Deployment\"},\"object\":{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{"
        "\"weir.dev/images\":\"{\\\"app\\\":{\\\"image\\\":\\\"r.example/app:words\\\",\\\"stored\\\":"
        "\\\"r.example/app:text\\\"}}\"}},\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":"
        "\"r.example/app:text\"}]}}}}}}");
    struct workload_table *table = ARENA_NEW(&arena, struct workload_table);
    struct error err;

    CHECK(workload_paths_build(&arena, NULL, 0, table, &err) == 0);
    CHECK(admission_review_decode(&arena, table, body, ret, &err) == 0);
}

static bool asks_for(const struct admission_decision *decision, struct str reference)
{
    return decision->outcome == ADMISSION_NEEDS_RESOLUTION && decision->question_count == 1 &&
           str_equal(decision->questions[0].reference, reference);
}

static struct admission_decision begun(enum resolution tags)
{
    static const struct tag_answers none = {.now = NOW};
    struct cluster_view *view = ARENA_NEW(&arena, struct cluster_view);
    struct admission_request *request = ARENA_NEW(&arena, struct admission_request);

    make_view(tags, view);
    make_request(request);
    return admission_evaluate(&arena, view, &options, request, &none);
}

static bool stores(const struct admission_decision *decision, struct str image)
{
    return decision->outcome == ADMISSION_ALLOW && decision->position_count == 1 &&
           str_equal(decision->positions[0].stored, image);
}

TEST(an_answer_decides_in_the_second_round)
{
    const struct tag_answers answers = {.items = &words_found, .count = 1, .now = NOW};
    struct admission_decision got = begun(RESOLUTION_REQUIRED);

    CHECK(asks_for(&got, STR("r.example/app:words")));
    got = admission_evaluate_resume(got.pending, &answers);
    CHECK(stores(&got, STR("r.example/app" PIN)));
    arena_release(&arena);
}

/* Under Attempt words without an answer lead to nothing: then the text that came is asked for. */
TEST(words_that_lead_to_nothing_ask_for_the_text_in_a_round_of_their_own)
{
    const struct tag_answer both[] = {words_lead_nowhere, text_found};
    const struct tag_answers first = {.items = both, .count = 1, .now = NOW};
    const struct tag_answers second = {.items = both, .count = 2, .now = NOW};
    struct admission_decision got = begun(RESOLUTION_ATTEMPT);

    CHECK(asks_for(&got, STR("r.example/app:words")));
    got = admission_evaluate_resume(got.pending, &first);
    CHECK(asks_for(&got, STR("r.example/app:text")));
    got = admission_evaluate_resume(got.pending, &second);
    CHECK(stores(&got, STR("r.example/app" PIN)));
    CHECK(got.images == 1);
    CHECK(got.response.warning_count == 0);
    arena_release(&arena);
}

TEST_MAIN()
