/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cluster/view_build.h"

#include "test.h"

#include <string.h>

enum { MANY = 5000, SEED = 7 };

static struct arena arena;

static struct str number_name(const char *prefix, size_t number)
{
    char text[32];

    snprintf(text, sizeof(text), "%s%zu", prefix, number);
    return arena_str(&arena, str_from_c(text));
}

TEST(finds_every_stream_by_namespace_and_name_and_no_other)
{
    const struct image_stream **streams = ARENA_ARRAY(&arena, MANY, const struct image_stream *);
    struct cluster_objects objects = {.streams = streams, .stream_count = MANY};
    struct cluster_view view;

    for (size_t i = 0; i < MANY; i++) {
        struct image_stream *stream = ARENA_NEW(&arena, struct image_stream);

        stream->namespace = number_name("ns", i % 17);
        stream->name = number_name("s", i);
        streams[i] = stream;
    }
    view_build(&arena, &objects, SEED, &view);
    CHECK(view.stream_count == MANY);
    for (size_t i = 0; i < MANY; i++) {
        CHECK(cluster_view_stream(&view, number_name("ns", i % 17), number_name("s", i)) == streams[i]);
        CHECK(cluster_view_stream(&view, number_name("ns", i % 17 + 1), number_name("s", i)) == NULL);
    }
    /* The border between the two names counts. */
    CHECK(cluster_view_stream(&view, STR("ns1s"), STR("1")) == NULL);
    CHECK(cluster_view_stream(&view, STR(""), STR("")) == NULL);
    arena_release(&arena);
}

TEST(of_the_same_stream_in_both_groups_ours_wins)
{
    struct image_stream theirs = {.namespace = STR("a"), .name = STR("s"), .openshift = true};
    struct image_stream ours = {.namespace = STR("a"), .name = STR("s")};
    const struct image_stream *orders[2][2] = {{&theirs, &ours}, {&ours, &theirs}};

    for (size_t i = 0; i < 2; i++) {
        struct cluster_objects objects = {.streams = orders[i], .stream_count = 2};
        struct cluster_view view;

        view_build(&arena, &objects, SEED, &view);
        CHECK(cluster_view_stream(&view, STR("a"), STR("s")) == &ours);
        CHECK(view.stream_count == 1);
    }
    arena_release(&arena);
}

TEST(an_empty_view_has_nothing_and_the_default_policy)
{
    struct cluster_objects objects = {.stream_count = 0};
    struct cluster_view view;
    const struct effective_policy *policy;

    view_build(&arena, &objects, SEED, &view);
    CHECK(cluster_view_stream(&view, STR("a"), STR("s")) == NULL);
    CHECK(cluster_view_namespace(&view, STR("a")) == NULL);
    CHECK(cluster_view_service_account(&view, STR("a"), STR("default")) == NULL);
    CHECK(cluster_view_secret(&view, STR("a"), STR("s")) == NULL);
    policy = cluster_view_policy(&view, &arena, STR("a"));
    CHECK(memcmp(&policy->fields, &effective_policy_defaults, sizeof(effective_policy_defaults)) == 0 &&
          policy->rule_count == 0);
    arena_release(&arena);
}

TEST(finds_accounts_and_secrets)
{
    struct service_account account = {.namespace = STR("a"), .name = STR("default")};
    struct pull_secret secret = {.namespace = STR("a"), .name = STR("regcred")};
    const struct service_account *accounts[] = {&account};
    const struct pull_secret *secrets[] = {&secret};
    struct cluster_objects objects = {
        .service_accounts = accounts, .service_account_count = 1, .secrets = secrets, .secret_count = 1};
    struct cluster_view view;

    view_build(&arena, &objects, SEED, &view);
    CHECK(cluster_view_service_account(&view, STR("a"), STR("default")) == &account);
    CHECK(cluster_view_service_account(&view, STR("b"), STR("default")) == NULL);
    CHECK(cluster_view_secret(&view, STR("a"), STR("regcred")) == &secret);
    CHECK(cluster_view_secret(&view, STR("a"), STR("other")) == NULL);
    arena_release(&arena);
}

static struct namespace_object make_namespace(struct str name, struct str key, struct str value)
{
    struct label *labels = ARENA_ARRAY(&arena, 2, struct label);

    labels[0] = (struct label){STR("kubernetes.io/metadata.name"), name};
    labels[1] = (struct label){key, value};
    return (struct namespace_object){.name = name, .labels = labels, .label_count = 2};
}

TEST(policies_of_namespaces_known_and_unknown)
{
    static const struct str prod = STR_INIT("prod");
    static const struct str dark = STR_INIT("dark");
    static const struct str images[] = {STR_INIT("images"), STR_INIT("private")};
    struct selector_requirement is_prod = {STR("env"), SELECTOR_IN, &prod, 1};
    struct selector_requirement is_dark = {STR("kubernetes.io/metadata.name"), SELECTOR_IN, &dark, 1};
    struct stream_policy given[] = {
        {.namespace = STR("b"), .name = STR("z"), .fields.freshness = FRESHNESS_NEVER},
        {.namespace = STR("b"),
         .name = STR("a"),
         .fields = {.freshness = FRESHNESS_ALWAYS, .shared_namespaces = {images, 2, true}}},
        {.name = STR("2-prod"), .selector = {&is_prod, 1}, .fields.enforcement = ENFORCEMENT_WARN},
        {.name = STR("1-dark"), .selector = {&is_dark, 1}, .fields.enforcement = ENFORCEMENT_AUDIT},
    };
    const struct stream_policy *policies[] = {&given[0], &given[1], &given[2], &given[3]};
    struct namespace_object spaces[] = {make_namespace(STR("a"), STR("env"), STR("prod")),
                                        make_namespace(STR("c"), STR("env"), STR("prod")),
                                        make_namespace(STR("d"), STR("env"), STR("test")),
                                        make_namespace(STR("images"), STR("weir.dev/shared"), STR("true")),
                                        make_namespace(STR("private"), STR("weir.dev/shared"), STR("yes"))};
    const struct namespace_object *namespaces[] = {&spaces[0], &spaces[1], &spaces[2], &spaces[3],
                                                   &spaces[4]};
    struct cluster_objects objects = {
        .policies = policies, .policy_count = 4, .namespaces = namespaces, .namespace_count = 5};
    struct cluster_view view;
    const struct effective_policy *policy;

    view_build(&arena, &objects, SEED, &view);
    CHECK(view.cluster_policy_count == 2);
    CHECK_STR(view.cluster_policies[0]->name, STR("1-dark"));
    CHECK(cluster_view_namespace(&view, STR("a")) == &spaces[0]);
    CHECK(cluster_view_namespace(&view, STR("b")) == NULL); /* only a policy names it */

    policy = cluster_view_policy(&view, &arena, STR("a"));
    CHECK(policy->fields.enforcement == ENFORCEMENT_WARN);
    CHECK(policy == cluster_view_policy(&view, &arena, STR("c"))); /* one result serves both */
    CHECK(cluster_view_policy(&view, &arena, STR("d"))->fields.enforcement == ENFORCEMENT_ENFORCE);

    policy = cluster_view_policy(&view, &arena, STR("b"));
    CHECK(policy->fields.freshness == FRESHNESS_NEVER);
    CHECK_STR(policy->names, STR("a,z"));
    CHECK(policy->fields.shared_namespaces.count == 1 && policy->warning_count == 1);

    /* Known to nobody: all that is known is its name. */
    CHECK(cluster_view_policy(&view, &arena, STR("dark"))->fields.enforcement == ENFORCEMENT_AUDIT);
    CHECK(cluster_view_policy(&view, &arena, STR("x"))->fields.enforcement == ENFORCEMENT_ENFORCE);
    arena_release(&arena);
}

TEST_MAIN()
