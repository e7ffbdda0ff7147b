/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/registry/result.h"
#include "engine/resolver/answer_cache.h"

#include "test.h"

#define DIGEST STR("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")

static const struct credential ann = {
    .username = STR_INIT("ann"), .password = STR_INIT("b"), .origin = STR_INIT("secret a/ann")};
static const struct credential ann_too = {
    .username = STR_INIT("ann"), .password = STR_INIT("b"), .origin = STR_INIT("secret z/ann")};
static const struct credential an = {.username = STR_INIT("an"), .password = STR_INIT("nb")};
static const struct credential *const list_ann[] = {&ann, &an};
static const struct credential *const list_ann_too[] = {&ann_too, &an};
static const struct credential *const list_turned[] = {&an, &ann};

static struct tag_answer found_at(int64_t wall)
{
    return (struct tag_answer){.outcome = TAG_FOUND,
                               .digest = DIGEST,
                               .credential_number = 1,
                               .confirmed_digest = DIGEST,
                               .confirmed_at = wall,
                               .reuse_ms = ANSWER_FOUND_LIFE_MS};
}

static struct tag_answer failed(int64_t reuse_ms, bool fresh)
{
    return (struct tag_answer){
        .outcome = TAG_NOT_NOW, .cause = STR("why"), .reuse_ms = reuse_ms, .reuse_fresh = fresh};
}

TEST(fingerprints_tell_lists_apart_by_content_order_and_boundaries)
{
    const struct credential *const only_ann[] = {&ann};
    const struct credential *const only_an[] = {&an};
    struct credential_fingerprint a = credential_fingerprint(list_ann, 2);
    struct credential_fingerprint b = credential_fingerprint(list_ann_too, 2);
    struct credential_fingerprint c = credential_fingerprint(list_turned, 2);
    struct credential_fingerprint d = credential_fingerprint(only_ann, 1);
    struct credential_fingerprint e = credential_fingerprint(only_an, 1);
    struct credential_fingerprint none = credential_fingerprint(NULL, 0);

    CHECK(credential_fingerprint_equal(&a, &b)); /* the secret's name is no part of it */
    CHECK(!credential_fingerprint_equal(&a, &c));
    CHECK(!credential_fingerprint_equal(&a, &d));
    CHECK(!credential_fingerprint_equal(&d, &e)); /* "ann" "b" and "an" "nb" */
    CHECK(!credential_fingerprint_equal(&d, &none));
}

TEST(found_answers_serve_for_less_than_ten_minutes_and_no_fresh_question)
{
    struct answer_cache *cache = answer_cache_new(8);
    struct answer_key key = answer_cache_key(STR("r.example/app:1"), list_ann, 2);
    struct answer_key same = answer_cache_key(STR("r.example/app:1"), list_ann_too, 2);
    struct tag_answer answer = found_at(1700000000);
    struct tag_answer got;

    CHECK(!answer_cache_find(cache, &key, false, 1000, &got));
    CHECK(got.confirmed_at == 0);
    answer_cache_store(cache, &key, &answer, 1000);
    CHECK(answer_cache_find(cache, &key, false, 1000 + 599999, &got));
    CHECK_STR(got.digest, DIGEST);
    CHECK_STR(got.reference, STR("r.example/app:1"));
    CHECK_STR(got.credential, STR("secret a/ann"));
    CHECK(got.origin == ANSWER_FROM_CACHE && got.reuse_ms == 1);
    CHECK(answer_cache_find(cache, &same, false, 1000, &got));
    CHECK_STR(got.credential, STR("secret z/ann"));
    CHECK(!answer_cache_find(cache, &key, false, 1000 + 600000, &got));
    CHECK_STR(got.confirmed_digest, DIGEST);
    CHECK(!answer_cache_find(cache, &key, true, 1000, &got));
    CHECK(got.confirmed_at == 1700000000);
    CHECK(got.digest.len == 0 && got.cause.len == 0);
    answer_cache_free(cache);
}

TEST(answers_do_not_cross_credentials_or_references)
{
    struct answer_cache *cache = answer_cache_new(8);
    struct answer_key key = answer_cache_key(STR("r.example/app:1"), list_ann, 2);
    struct answer_key others[] = {
        answer_cache_key(STR("r.example/app:1"), NULL, 0),
        answer_cache_key(STR("r.example/app:1"), list_turned, 2),
        answer_cache_key(STR("r.example/app:1"), list_ann, 1),
        answer_cache_key(STR("r.example/app:2"), list_ann, 2),
    };
    struct tag_answer answer = found_at(1);
    struct tag_answer got;

    answer_cache_store(cache, &key, &answer, 0);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        CHECK_ROW(!answer_cache_find(cache, &others[i], false, 0, &got), "%zu", i);
        CHECK_ROW(got.confirmed_at == 0, "%zu", i);
    }
    answer_cache_free(cache);
}

TEST(failures_live_shortly_and_keep_what_was_confirmed)
{
    struct answer_cache *cache = answer_cache_new(8);
    struct answer_key key = answer_cache_key(STR("r.example/app:1"), NULL, 0);
    struct tag_answer found = found_at(1700000000);
    struct tag_answer busy = failed(60000, true);
    struct tag_answer absent = failed(30000, false);
    struct tag_answer late = failed(0, false);
    struct tag_answer got;

    answer_cache_store(cache, &key, &found, 0);
    answer_cache_store(cache, &key, &busy, 1000);
    CHECK(answer_cache_find(cache, &key, true, 60999, &got));
    CHECK(got.outcome == TAG_NOT_NOW);
    CHECK_STR(got.cause, STR("why"));
    CHECK_STR(got.confirmed_digest, DIGEST);
    CHECK(!answer_cache_find(cache, &key, true, 61000, &got));
    CHECK(got.confirmed_at == 1700000000);

    answer_cache_store(cache, &key, &absent, 70000);
    CHECK(answer_cache_find(cache, &key, false, 70000, &got));
    CHECK(!answer_cache_find(cache, &key, true, 70000, &got));
    answer_cache_store(cache, &key, &late, 80000);
    CHECK(!answer_cache_find(cache, &key, false, 80000, &got));
    CHECK(got.confirmed_at == 1700000000);
    answer_cache_free(cache);
}

TEST(the_least_recently_used_entry_makes_room)
{
    struct answer_cache *cache = answer_cache_new(3);
    const struct str refs[] = {STR_INIT("r/a:1"), STR_INIT("r/b:1"), STR_INIT("r/c:1"), STR_INIT("r/d:1")};
    struct answer_key keys[4];
    struct tag_answer answer = found_at(1);
    struct tag_answer got;

    for (size_t i = 0; i < 3; i++) {
        keys[i] = answer_cache_key(refs[i], NULL, 0);
        answer_cache_store(cache, &keys[i], &answer, 0);
    }
    CHECK(answer_cache_find(cache, &keys[0], false, 0, &got)); /* now "b" is the oldest */
    keys[3] = answer_cache_key(refs[3], NULL, 0);
    answer_cache_store(cache, &keys[3], &answer, 0);
    CHECK(answer_cache_count(cache) == 3);
    CHECK(answer_cache_find(cache, &keys[0], false, 0, &got));
    CHECK(!answer_cache_find(cache, &keys[1], false, 0, &got));
    CHECK(answer_cache_find(cache, &keys[3], false, 0, &got));
    answer_cache_free(cache);
}

TEST(a_million_strangers_fill_no_more_than_the_bound)
{
    struct answer_cache *cache = answer_cache_new(100);
    struct tag_answer answer = failed(30000, false);
    char text[32];

    for (int i = 0; i < 20000; i++) {
        struct answer_key key;

        (void)snprintf(text, sizeof(text), "r.example/%d:1", i);
        key = answer_cache_key(str_from_c(text), NULL, 0);
        answer_cache_store(cache, &key, &answer, i);
    }
    CHECK(answer_cache_count(cache) == 100);
    answer_cache_free(cache);
}

TEST(storing_what_was_found_is_safe)
{
    struct answer_cache *cache = answer_cache_new(1);
    struct answer_key key = answer_cache_key(STR("r.example/app:1"), NULL, 0);
    struct tag_answer answer = found_at(5);
    struct tag_answer got;

    answer_cache_store(cache, &key, &answer, 0);
    CHECK(answer_cache_find(cache, &key, false, 1, &got));
    answer_cache_store(cache, &key, &got, 2); /* its texts are the entry's own */
    CHECK(answer_cache_find(cache, &key, false, 3, &got));
    CHECK_STR(got.digest, DIGEST);
    answer_cache_free(cache);
    answer_cache_free(NULL);
}

TEST_MAIN()
