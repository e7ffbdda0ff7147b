/* SPDX-License-Identifier: Apache-2.0 */
#include "core/policy/pull_policy.h"

#include "test.h"

TEST(defaults_as_the_API_server_does)
{
    static const struct {
        const char *image;
        enum pull_policy want;
    } rows[] = {
        {"nginx", PULL_POLICY_ALWAYS},
        {"nginx:latest", PULL_POLICY_ALWAYS},
        {"nginx:1", PULL_POLICY_IF_NOT_PRESENT},
        {"nginx:latest@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
         PULL_POLICY_ALWAYS},
        {"nginx@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
         PULL_POLICY_IF_NOT_PRESENT},
        {"NGINX", PULL_POLICY_IF_NOT_PRESENT},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_ROW(pull_policy_default(str_from_c(rows[i].image)) == rows[i].want, "%s", rows[i].image);
}

TEST(matches_both_forms_of_a_repository)
{
    static const struct {
        const char *pattern;
        const char *image;
        bool want;
    } rows[] = {
        {"nginx", "nginx:1", true},
        {"nginx", "docker.io/library/nginx", true},
        {"docker.io/library/nginx", "nginx", true},
        {"nginx", "quay.io/nginx", false},
        {"*", "quay.io/a/b", true},
        {"quay.io/*", "quay.io/a/b/c:1", true},
        {"library/*", "nginx", false},
        {"docker.io/library/*", "nginx", true},
        {"ngin?", "nginx", true},
        {"*nginx:1", "nginx:1", false},
        {"Nginx", "nginx", false},
        {"quay.io/*", "Quay.IO:443/a/b:1", true},
        {"Quay.io:443/a/*", "quay.io/a/b", true},
        {"*:443/a/b", "quay.io/a/b", true},
        {"*:443", "quay.io:443/a/b", false},
        {"quay.io/*", "quay.io:5000/a/b", false},
        {"quay.io:5000/*", "Quay.io:5000/a/b", true},
        {"QUAY.io/a/b", "quay.io:443/a/b", true},
        {"quay.io:443/a/b", "quay.io/a/b", true},
        {"quay.io:443/a/b", "quay.io:4430/a/b", false},
        {"nginx", "docker.io:443/library/nginx", true},
        {"nginx*", "docker.io:443/library/nginx", true},
        {"[::1]/*", "[::1]:443/a", true},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct image_reference image;
        struct error err;

        CHECK(image_reference_parse(str_from_c(rows[i].image), &image, &err) == 0);
        CHECK_ROW(pull_policy_image_matches(&arena, str_from_c(rows[i].pattern), &image) == rows[i].want,
                  "%s %s", rows[i].pattern, rows[i].image);
    }
    arena_release(&arena);
}

TEST(takes_the_first_rule_that_matches)
{
    static const enum pull_policy never[] = {PULL_POLICY_NEVER};
    static const struct str quay[] = {STR_INIT("quay.io/*")};
    static const struct pull_rule rules[] = {
        {.name = STR_INIT("none"),
         .images = {NULL, 0, true},
         .containers = CONTAINERS_ALL,
         .allow = never,
         .allow_count = 1},
        {.name = STR_INIT("pinned"),
         .pinned_set = true,
         .pinned = true,
         .containers = CONTAINERS_ALL,
         .allow = never,
         .allow_count = 1},
        {.name = STR_INIT("init"), .containers = CONTAINERS_INIT, .allow = never, .allow_count = 1},
        {.name = STR_INIT("quay"),
         .images = {quay, 1, true},
         .containers = CONTAINERS_ALL,
         .allow = never,
         .allow_count = 1},
    };
    static const struct pull_rule *const order[] = {&rules[0], &rules[1], &rules[2], &rules[3]};
    struct effective_policy policy = {.rules = order, .rule_count = 4};
    struct arena arena;

    arena_init(&arena);
    CHECK(pull_policy_find_rule(&arena, &policy, STR("nginx:1"), false, CONTAINERS_MAIN) == NULL);
    CHECK(pull_policy_find_rule(&arena, &policy, STR("quay.io/a:1"), false, CONTAINERS_MAIN) == &rules[3]);
    CHECK(pull_policy_find_rule(&arena, &policy, STR("quay.io/a:1"), false, CONTAINERS_INIT) == &rules[2]);
    CHECK(pull_policy_find_rule(
              &arena, &policy,
              STR("quay.io/a@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), true,
              CONTAINERS_INIT) == &rules[1]);
    arena_release(&arena);
}

TEST_MAIN()
