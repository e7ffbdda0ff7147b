/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admission/turn.h"

#include "core/cluster/view_build.h"
#include "edge/system/monotonic.h"

#include "test.h"

/* A Pod of one image, r.example/app:1, where plain tags are required. No cluster is followed. */
#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

enum { NOW = 100000 };

static struct arena arena;
static const struct admission_options options = {.explain = true};
static const struct tag_answer found = {.reference = STR_INIT("r.example/app:1"),
                                        .outcome = TAG_FOUND,
                                        .digest = STR_INIT(DIGEST),
                                        .reuse_ms = 600000};
static const struct tag_answer another = {
    .reference = STR_INIT("r.example/another:1"), .outcome = TAG_FOUND, .digest = STR_INIT(DIGEST)};

static const struct cluster_view *make_view(void)
{
    struct cluster_view *ret = ARENA_NEW(&arena, struct cluster_view);
    struct stream_policy *policy = ARENA_NEW(&arena, struct stream_policy);
    const struct stream_policy **policies = ARENA_ARRAY(&arena, 1, const struct stream_policy *);
    struct cluster_objects objects = {.policies = policies, .policy_count = 1};

    *policy = (struct stream_policy){
        .namespace = STR("shop"), .name = STR("p"), .fields = {.tags_resolution = RESOLUTION_REQUIRED}};
    policies[0] = policy;
    view_build(&arena, &objects, 1, ret);
    return ret;
}

/* `input` needs neither view nor options. */
static struct admission_turn *begun(struct turn_input input)
{
    static const struct str body = STR_INIT(
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\","
        "\"namespace\":\"shop\",\"operation\":\"CREATE\",\"kind\":{\"group\":\"\",\"version\":\"v1\","
        "\"kind\":\"Pod\"},\"object\":{\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":"
        "\"r.example/app:1\"}]}}}}");
    struct workload_table *table = ARENA_NEW(&arena, struct workload_table);
    struct admission_turn *turn = ARENA_NEW(&arena, struct admission_turn);
    struct error err;

    input.view = make_view();
    input.options = &options;
    admission_turn_begin(turn, &arena, &input);
    CHECK(workload_paths_build(&arena, NULL, 0, table, &err) == 0);
    CHECK(admission_review_decode(&arena, table, body, &turn->request, &err) == 0);
    return turn;
}

TEST(what_is_missing_is_asked_for_and_decides_when_it_is_added)
{
    struct admission_turn *turn = begun((struct turn_input){0});

    CHECK(admission_turn_pursue(turn, NOW) == TURN_WANTS_ANSWERS);
    CHECK(turn->missing_count == 1);
    CHECK(str_equal(turn->missing[0].question->reference, found.reference));
    admission_turn_add(turn, &found);
    CHECK(admission_turn_pursue(turn, NOW) == TURN_DECIDED);
    CHECK(turn->decision.outcome == ADMISSION_ALLOW && turn->decision.images == 1);
    arena_release(&arena);
}

TEST(what_the_cache_knows_is_not_missing)
{
    struct answer_cache *cache = answer_cache_new(8);
    struct answer_key key = answer_cache_key(found.reference, NULL, 0);
    struct admission_turn *turn = begun((struct turn_input){.cache = cache});

    answer_cache_store(cache, &key, &found, monotonic_ms());
    CHECK(admission_turn_pursue(turn, NOW) == TURN_DECIDED);
    CHECK(turn->decision.images == 1 && turn->cache_hits == 1);
    answer_cache_free(cache);
    arena_release(&arena);
}

TEST(what_was_known_before_is_not_asked)
{
    const struct tag_answers before = {.items = &found, .count = 1};
    struct admission_turn *turn = begun((struct turn_input){.before = &before});

    CHECK(admission_turn_pursue(turn, NOW) == TURN_DECIDED);
    CHECK(turn->decision.outcome == ADMISSION_ALLOW && turn->decision.images == 1);
    arena_release(&arena);
}

TEST(offline_nothing_is_asked)
{
    struct admission_turn *turn = begun((struct turn_input){.offline = true});

    CHECK(admission_turn_pursue(turn, NOW) == TURN_DECIDED);
    CHECK(turn->decision.outcome == ADMISSION_DENY);
    arena_release(&arena);
}

TEST(a_closed_turn_decides_with_what_is_known)
{
    struct admission_turn *turn = begun((struct turn_input){0});

    CHECK(admission_turn_pursue(turn, NOW) == TURN_WANTS_ANSWERS);
    turn->closed = true;
    CHECK(admission_turn_pursue(turn, NOW) == TURN_DECIDED);
    CHECK(turn->decision.outcome == ADMISSION_DENY);
    arena_release(&arena);
}

/* Answers to other questions than were asked lead nowhere. */
TEST(the_rounds_are_limited)
{
    struct admission_turn *turn = begun((struct turn_input){0});

    for (size_t i = 0; i < TURN_ROUNDS_MAX; i++) {
        CHECK(admission_turn_pursue(turn, NOW) == TURN_WANTS_ANSWERS);
        admission_turn_add(turn, &another);
    }
    CHECK(admission_turn_pursue(turn, NOW) == TURN_DECIDED);
    CHECK(turn->decision.outcome == ADMISSION_DENY);
    arena_release(&arena);
}

TEST_MAIN()
